import { verifyCopies } from '../../../lambdas/verify-copies/verify-copies';
import type { VerifyProgress } from '../../../lambdas/verify-copies/verify-copies';
import { emptyReport } from '../../../lib/domain/consistency/report';
import type { Seat } from '../../../lib/domain/protocol/seat';
import type { CopyAudit } from '../../../lib/ports/consistency';
import type { World } from '../ports';
import { createWorld, operationAt, rejectionOf } from '../ports';
import { runMachine } from '../machine-run';
import { createMemoryCopies } from './memory-copies';

const items = { k1: 'a', k2: 'b', k3: 'c', k4: 'd', k5: 'e', k6: 'f', k7: 'g' };

const begin = async (seat: Partial<Seat> = {}) => {
  const made = await createWorld({ hasRedis: true, seat });
  const [postgres, redis] = [createMemoryCopies('postgres', items), createMemoryCopies('redis', items)];
  const ports = { ...made.ports, copies: { postgres: postgres.reader, redis: redis.reader } };
  const world: World = { ...made, ports };
  const slice = (request: unknown, progress: VerifyProgress | { done: 'no' } = { done: 'no' }) =>
    verifyCopies({ request, execution: 'orders-v-1', progress }, ports);
  const toTheEnd = async (request: unknown = {}): Promise<VerifyProgress> => {
    let progress = await slice(request);
    while (progress.done === 'no') progress = await slice(request, progress);
    return progress;
  };
  return { world, ports, postgres: postgres.world, redis: redis.world, slice, toTheEnd };
};

describe('verify-copies', () => {
  it('compares each store of the deployment and puts it on record', async () => {
    const { toTheEnd, ports } = await begin();
    const progress = await toTheEnd();
    expect(progress).toMatchObject({ done: 'yes', verdict: 'equal', left: [], epoch: 7 });
    expect(progress.sentence).toBe(
      'postgres: az-b against the writer az-a, 7 items: equal; redis: az-b against the writer az-a, 7 items: equal',
    );
    expect(await ports.store.newestCopies('redis')).toMatchObject({
      epoch: 7,
      execution: 'orders-v-1',
      report: { store: 'redis', items: 7 },
    });
  });

  it('compares the stores asked for, and says which one differs', async () => {
    const { toTheEnd, redis, ports } = await begin();
    redis.sides['az-b'].delete('k3');
    expect(await toTheEnd({ stores: ['redis'], requestedBy: 'me' })).toMatchObject({
      verdict: 'different',
      sentence:
        'redis: az-b against the writer az-a, 7 items: 1 difference, e.g. thing k3 (missing at the standby)',
    });
    expect(await ports.store.newestCopies('postgres')).toBeNull();
  });

  it('refuses what it does not know before anything is read', async () => {
    const { slice } = await begin();
    expect(await rejectionOf(slice({ store: 'redis' }))).toMatchObject({ name: 'InvalidRequest' });
    const without = await createWorld();
    const input = { request: { stores: ['redis'] }, execution: 'x', progress: { done: 'no' } } as const;
    const { name, message } = await rejectionOf(verifyCopies(input, without.ports));
    expect(name).toBe('InvalidRequest');
    expect(message).toMatch(/no copies of redis to compare in this deployment, only of postgres/);
    const bare = { request: {}, execution: 'x', progress: { done: 'no' } } as const;
    expect(await verifyCopies(bare, without.ports)).toMatchObject({
      done: 'yes',
      verdict: 'unknown',
      sentence: expect.stringContaining('all of it (nothing compares postgres yet)'),
    });
  });

  it('looks at a quorum in its own way, a slice at a time, and does not call that equal', async () => {
    const made = await createWorld({ hasRedis: true, hasKafka: true });
    const empty = emptyReport({ store: 'kafka', writer: 'az-a', copy: 'az-b' });
    const asked: unknown[] = [];
    const kafka: CopyAudit = {
      store: 'kafka',
      audit: async (pair, after) => {
        asked.push([pair, after]);
        const report = { ...empty, items: 2, notCompared: 'a quorum', notes: [`${asked.length}`] };
        return { report, next: after === null ? 'the rest' : null };
      },
      close: async () => undefined,
    };
    const ports = { ...made.ports, copies: { kafka } };
    const input = { request: { stores: ['kafka'] }, execution: 'orders-v-1' };
    const first = await verifyCopies({ ...input, progress: { done: 'no' } }, ports);
    expect(first).toMatchObject({ done: 'no', after: 'the rest' });
    const last = await verifyCopies({ ...input, progress: first }, ports);
    expect(last).toMatchObject({ done: 'yes', verdict: 'not-compared' });
    const pair = { writer: 'az-a', copy: 'az-b' };
    expect(asked).toEqual([
      [pair, null],
      [pair, 'the rest'],
    ]);
    expect(await ports.store.newestCopies('kafka')).toMatchObject({
      report: { items: 4, notCompared: 'a quorum', notes: ['1', '2'] },
    });
  });

  it('does not go on while its store is moved, when the writer has moved, or past its time', async () => {
    const moved = await begin({ operation: operationAt(8, { stores: ['postgres'] }), epoch: 8 });
    const during = await moved.toTheEnd();
    expect(during.verdict).toBe('unknown');
    expect(during.sentence).toMatch(/postgres: .*a failover holds the seat \(epoch 8\).*; redis: .*: equal$/);

    const { slice, postgres, world, ports } = await begin();
    world.clock.advance(0);
    const started = await slice({ stores: ['postgres'] });
    const unfinished = { ...started, done: 'no', left: ['postgres'], after: 0 } as const;
    const late = { ...unfinished, startedAtMs: started.startedAtMs - ports.topology.verify.timeLimitMs };
    expect((await slice({}, late)).sentence).toMatch(/the time limit of 60 min has passed/);
    const [report] = started.reports;
    if (report === undefined) throw new Error('there was no report');
    const elsewhere = { ...unfinished, reports: [{ ...report, writer: 'az-b', copy: 'az-a' }] };
    expect((await slice({}, elsewhere)).sentence).toMatch(/the writer is in az-a by now/);
    expect(postgres.calls.digests).toBeGreaterThan(0);
  });

  it('called again after its end, it has nothing to do', async () => {
    const { slice, toTheEnd, redis } = await begin();
    const progress = await toTheEnd();
    const before = redis.calls.digests;
    expect(await slice({}, progress)).toEqual(progress);
    expect(redis.calls.digests).toBe(before);
  });
});

describe('the state machine', () => {
  const run = async (
    change: (redis: Awaited<ReturnType<typeof begin>>['redis']) => void,
    request: unknown = {},
  ) => {
    const { ports, redis, world } = await begin();
    change(redis);
    const seat = await world.seatNow();
    const { execution } = await runMachine(
      { machine: 'verify', execution: 'orders-v-2', clock: world.clock, portsFor: () => ports },
      request,
    );
    expect(await world.seatNow()).toEqual(seat);
    return execution;
  };

  it('ends well when all copies are equal', async () => {
    expect(await run(() => undefined)).toMatchObject({
      status: 'SUCCEEDED',
      output: { progress: { done: 'yes', verdict: 'equal' }, outcome: { result: 'completed' } },
    });
  });

  it('ends in red with one sentence when they differ, or when it is not known', async () => {
    expect(await run((redis) => redis.sides['az-b'].set('k1', 'x'))).toMatchObject({
      status: 'FAILED',
      error: 'failed',
      cause: expect.stringContaining('1 difference, e.g. thing k1'),
    });
    expect(await run((redis) => redis.silent.add('az-b'))).toMatchObject({
      status: 'FAILED',
      error: 'refused',
    });
  });

  it('refuses a start that it does not understand', async () => {
    expect(await run(() => undefined, { stores: ['oracle'] })).toMatchObject({
      status: 'FAILED',
      error: 'refused',
      cause: expect.stringMatching(/^InvalidRequest: /),
    });
  });
});
