import { sampleSync } from '../../../lambdas/sample-sync/sample-sync';
import { Unreachable } from '../../../lib/domain/errors';
import { NOW_MS } from '../../domain/decision/world';
import { createWorld, rejectionOf } from '../ports';

describe('the sampler', () => {
  it('looks at each source at its own interval, and keeps what it saw', async () => {
    const world = await createWorld({ hasRedis: true });
    await world.ports.postgres.beacon('az-a', NOW_MS, 100);
    expect(await sampleSync(world.ports, 24_000)).toEqual({
      postgres: 'its time was over',
      redis: 'its time was over',
    });
    const [postgres, redis] = await world.ports.store.readSamples(['postgres', 'redis']);
    expect(postgres).toMatchObject({
      store: 'postgres',
      writer: 'az-a',
      copy: 'az-b',
      follows: true,
      error: null,
    });
    expect(redis?.round).toBeGreaterThanOrEqual(postgres?.round ?? Infinity);
    const history = await world.ports.store.newestSamples('postgres', 9);
    expect(history.length).toBeGreaterThanOrEqual(22);
    const times = history.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(await world.ports.store.newestSamples('postgres', 1)).not.toHaveLength(history.length);
  });

  it('says what it cannot reach, and goes on counting over a new run', async () => {
    const world = await createWorld();
    await sampleSync(world.ports, 2_000);
    world.servers.kill('az-b');
    await sampleSync(world.ports, 3_000);
    const [first] = await world.ports.store.readSamples(['postgres']);
    expect(first?.error).toMatch(/^the copy in az-b is failed: /);
    await sampleSync(world.ports, 1_000);
    const [second] = await world.ports.store.readSamples(['postgres']);
    expect(second?.runId).not.toBe(first?.runId);
    expect(second?.failedInARow).toBeGreaterThan(first?.failedInARow ?? Infinity);
    expect(second?.round).toBeGreaterThan(first?.round ?? Infinity);
  });

  it('ends where another run has taken over', async () => {
    const world = await createWorld();
    const { sleep } = world.clock;
    let taken = false;
    world.clock.sleep = async (ms) => {
      const [sample] = await world.ports.store.readSamples(['postgres']);
      if (!taken && sample !== undefined)
        await world.ports.store.writeSample(
          { ...sample, runId: 'other', round: sample.round + 50 },
          { takesOver: true },
        );
      taken = true;
      await sleep(ms);
    };
    expect((await sampleSync(world.ports, 10_000))['postgres']).toMatch(
      /the sampler of postgres at round 2 was superseded by run other/,
    );
  });

  it('waits for a seat', async () => {
    const world = await createWorld({ hasNoSeat: true });
    await sampleSync(world.ports, 2_000);
    expect(await world.ports.store.readSamples(['postgres'])).toEqual([]);
  });

  it('loses a turn when the state store does not answer, and never the loop', async () => {
    const world = await createWorld();
    const { readSamples } = world.ports.store;
    let asked = 0;
    const store = {
      ...world.ports.store,
      readSamples: async (stores: Parameters<typeof readSamples>[0]) => {
        asked += 1;
        if (asked === 1) throw new Unreachable('the table is silent');
        return readSamples(stores);
      },
    };
    await sampleSync({ ...world.ports, store }, 3_000);
    expect(world.lines.map(({ message }) => message)).toEqual([
      'a turn is lost: the state store did not answer',
    ]);
    expect(await readSamples(['postgres'])).toHaveLength(1);
  });

  it('ends with any other error', async () => {
    const world = await createWorld();
    const store = { ...world.ports.store, readSeat: async () => Promise.reject(new Error('a bug')) };
    expect((await rejectionOf(sampleSync({ ...world.ports, store }, 3_000))).message).toBe('a bug');
  });
});
