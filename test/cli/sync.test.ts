import { userInfo } from 'node:os';
import { syncStatus, syncWait } from '../../lib/cli/sync';
import { syncChange } from '../../lib/cli/sync-change';
import { NOW_MS } from '../domain/decision/world';
import { sampleWith } from '../domain/sync/samples';
import { createWorld, rejectionOf } from '../lambdas/ports';
import { connectionTo } from './connection-to';
import { recordedOutput } from './recorded-output';

const hold = { how: 'paused', by: 'ana', reason: 'disks', sinceMs: NOW_MS, request: 'r' } as const;

const opened = async (redis: { readonly isHeld?: boolean; readonly lagSeconds?: number } = {}) => {
  const { isHeld = false, lagSeconds = 0 } = redis;
  const place = { writer: 'az-a', cooldownUntilMs: 0 };
  const beside = { redis: isHeld ? { ...place, eligible: null, hold } : { ...place, eligible: 'az-b' } };
  const world = await createWorld({ hasRedis: true, seat: { beside } });
  await world.ports.store.writeSample(sampleWith());
  await world.ports.store.writeSample(sampleWith({ store: 'redis', lagSeconds }));
  return { world, connection: connectionTo(world), ...recordedOutput() };
};

describe('evac sync status', () => {
  it('is one document with the names that were asked for', async () => {
    const { connection, output, results } = await opened({ isHeld: true });
    await syncStatus(connection, output, { json: true });
    expect(JSON.parse(results[0] ?? '')).toMatchObject({
      primary_az: 'az-a',
      secondary_az: 'az-b',
      source_status: { postgresql: 'in_sync', redis: 'paused' },
    });
    expect(JSON.parse(results[0] ?? '')).not.toHaveProperty('history');
  });

  it('shows the samples of the last minutes when asked', async () => {
    const { world, connection, output, results } = await opened();
    const samples = [
      sampleWith({ perSecond: 3 }),
      sampleWith({ lagSeconds: null, behind: null, perSecond: null, error: 'gone' }),
    ];
    const page = { store: 'postgres', runId: 'run-1', startedAtMs: NOW_MS, samples } as const;
    await world.ports.store.writeSamplePage(page);
    await syncStatus(connection, output, { history: 3 });
    expect(results[0]).toMatch(/postgres +lag 0 s {2}behind 0 {2}3\/s$/m);
    expect(results[0]).toMatch(/postgres +lag unknown s {2}behind unknown {2}unknown\/s {2}gone$/m);
    await syncStatus(connection, output, { history: 3, json: true });
    expect(JSON.parse(results[1] ?? '')).toMatchObject({ history: { postgresql: samples, redis: [] } });
  });
});

describe('evac sync pause and its like', () => {
  const changed = async (options: Partial<Parameters<typeof syncChange>[2]>, isHeld = false) => {
    const opening = await opened({ isHeld });
    const { connection, output } = opening;
    const running = syncChange(connection, output, { verb: 'pause', timeoutSeconds: 1, ...options });
    return { ...opening, running };
  };

  it('has the machine do it, follows it, and shows what came of it', async () => {
    const { running, world, results, notes } = await changed({ source: ['redis'], reason: 'new disks' });
    const started = async (): Promise<string> => {
      for (;;) {
        const [first] = world.workflows.started;
        if (first !== undefined) return first.name;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    world.workflows.executions.set(await started(), { status: 'succeeded', failure: null });
    await running;
    expect(world.workflows.started).toMatchObject([
      {
        machine: 'sync',
        input: { do: 'pause', stores: ['redis'], reason: 'new disks', requestedBy: userInfo().username },
      },
    ]);
    expect(notes[0]).toMatch(/^starting sync orders-s-/);
    expect(results[0]).toMatch(/^sync az-a -> az-b/);
  });

  it.each([
    ['pause', false, 'degrade', 'PostgreSQL: the seat would say'],
    ['resume', true, 'let-go', 'Redis: the mark would be taken away'],
    ['start', false, 'done', 'Redis: nothing to do'],
  ] as const)(
    '%s --dry-run says what it would do, and does nothing',
    async (...[verb, isHeld, step, text]) => {
      const { running, world, results } = await changed({ verb, dryRun: true, reason: 'r' }, isHeld);
      await running;
      expect(results[0]).toContain(text);
      const json = await changed({ verb, dryRun: true, json: true, reason: 'r' }, isHeld);
      await json.running;
      expect(JSON.stringify(JSON.parse(json.results[0] ?? ''))).toContain(`"do":"${step}"`);
      expect(world.workflows.started).toEqual([]);
    },
  );

  it('asks why before anything is kept away, and not for letting go', async () => {
    const refused = await rejectionOf((await changed({})).running);
    expect(refused.name).toBe('InvalidRequest');
    expect(refused.message).toMatch(/^--reason is missing/);
    await (
      await changed({ verb: 'resume', dryRun: true, reason: ' ' })
    ).running;
  });

  it('refuses what elects by itself, and leaves it out of all', async () => {
    const world = await createWorld({ hasRedis: true, hasKafka: true });
    const { output, results } = recordedOutput();
    const change = { verb: 'pause', reason: 'r', dryRun: true, timeoutSeconds: 1 } as const;
    const refused = await rejectionOf(
      syncChange(connectionTo(world), output, { ...change, source: ['kafka'] }),
    );
    expect(refused.message).toMatch(
      /^pause is not possible for Kafka: it replicates and elects by its own quorum/,
    );
    await syncChange(connectionTo(world), output, change);
    expect(results[0]).not.toContain('Kafka');
  });
});

describe('evac sync wait', () => {
  it('ends when all are in sync', async () => {
    const { connection, output, results, notes } = await opened();
    await syncWait(connection, output, { timeoutSeconds: 1 });
    expect(results[0]).toContain('sync az-a -> az-b   lag 0 s   health 100');
    expect(notes).toEqual([]);
    await syncWait(connection, output, { timeoutSeconds: 1, json: true });
    expect(JSON.parse(results[1] ?? '')).toMatchObject({ sync_health: 100 });
  });

  it('says what it waits for, once for each change, and ends by its deadline', async () => {
    const { connection, output, notes } = await opened({ lagSeconds: 9 });
    const failure = await rejectionOf(syncWait(connection, output, { timeoutSeconds: 0.6 }));
    expect(failure.name).toBe('StillRunning');
    expect(failure.message).toMatch(/^waiting for Redis \(lagging: 9 s behind.*, after 0.6 s; look again/);
    expect(notes).toEqual([expect.stringMatching(/^waiting for Redis \(lagging/)]);
  });

  it('does not wait for what a person keeps away, and waits for the others', async () => {
    const { connection, output, results } = await opened({ isHeld: true });
    const refused = await rejectionOf(syncWait(connection, output, { timeoutSeconds: 1 }));
    expect(refused.name).toBe('Refused');
    expect(refused.message).toMatch(
      /^sync of Redis was paused by ana since .*evac sync resume --source redis/,
    );
    await syncWait(connection, output, { timeoutSeconds: 1, source: ['postgresql'] });
    expect(results).toHaveLength(1);
  });

  it('refuses a source that there is not', async () => {
    const { connection, output } = await opened();
    const refused = await rejectionOf(syncWait(connection, output, { timeoutSeconds: 1, source: ['minio'] }));
    expect(refused.message).toBe('--source minio: this deployment has postgresql, redis');
  });
});
