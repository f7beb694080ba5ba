import { freshRound } from '../../../lambdas/probe-zone/fresh-round';
import { probeZone } from '../../../lambdas/probe-zone/probe-zone';
import { DamagedState, Unreachable } from '../../../lib/domain/errors';
import { findTarget } from '../../../lib/domain/observation';
import type { Ports } from '../../../lambdas/shared/ports';
import { POLICY } from '../../domain/decision/world';
import type { World } from '../ports';
import { createHeldWorld, createWorld, rejectionOf } from '../ports';

const INTERVAL_MS = POLICY.checkIntervalMs;

const loop = (world: World, rounds: number, witness = 'az-c') =>
  probeZone(world.ports, { witness, limitMs: rounds * INTERVAL_MS });

const ownRound = async ({ ports }: World, witness = 'az-c') =>
  (await ports.store.readObservations()).find((entry) => entry.witness === witness);

const failOnce = (ports: Ports, method: keyof Ports['store'], cause: Error): void => {
  jest.spyOn(ports.store, method).mockRejectedValueOnce(cause);
};

describe('the loop of a witness', () => {
  it('publishes a round each interval until its time is up', async () => {
    const world = await createWorld();
    expect(await loop(world, 5)).toEqual({ rounds: 5, ended: 'after 1000 ms' });
    expect((await ownRound(world))?.round).toBe(5);
    expect(world.clock.monotonicMs()).toBe(5 * INTERVAL_MS);
  });

  it.each([
    [0, 25, 'takes over how its targets have been doing from the run before'],
    [POLICY.staleAfterMs - INTERVAL_MS, 25, 'while that is recent'],
    [POLICY.staleAfterMs, 5, 'and begins anew when it is old'],
  ])('after %d ms knows %d rounds: %s', async (pauseMs, letters) => {
    const world = await createWorld();
    await loop(world, 20);
    world.clock.advance(pauseMs);
    await loop(world, 5);
    const api = (await ownRound(world))?.targets.find(({ kind }) => kind === 'api');
    expect(api?.recent).toHaveLength(letters);
  });

  it('ends when its successor took over, which begins past its rounds', async () => {
    const world = await createWorld();
    const [older, younger] = await Promise.all([
      loop(world, 10),
      (async () => {
        await world.clock.sleep(3 * INTERVAL_MS);
        return loop(world, 10);
      })(),
    ]);
    expect(older.ended).toMatch(/was superseded by run/);
    expect(older.rounds).toBeLessThan(10);
    expect(younger).toMatchObject({ rounds: 10 });
  });

  it('initialises the seat once, with nobody eligible', async () => {
    const world = await createWorld({ hasNoSeat: true });
    await Promise.all(['az-a', 'az-b', 'az-c', 'region'].map((witness) => loop(world, 1, witness)));
    expect(await world.seatNow()).toMatchObject({
      workload: 'orders',
      epoch: 1,
      writer: 'az-a',
      eligible: null,
      operation: null,
    });
  });

  it('leaves a seat as it is', async () => {
    const world = await createWorld();
    const before = await world.seatNow();
    await loop(world, 2);
    expect(await world.seatNow()).toEqual(before);
  });

  it.each(['writeObservation', 'readSituation'] as const)(
    'holds for a round when the state store does not answer %s, and goes on',
    async (method) => {
      const world = await createWorld();
      const first = loop(world, 4);
      failOnce(world.ports, method, new Unreachable('no answer'));
      const { rounds } = await first;
      expect(rounds).toBeGreaterThanOrEqual(3);
      expect(world.lines).toContainEqual({
        level: 'warn',
        message: 'hold: the state store did not answer',
        detail: { cause: 'no answer' },
      });
    },
  );

  it('waits for a state store that does not answer at the start, and takes over when it does', async () => {
    const world = await createWorld();
    failOnce(world.ports, 'readObservations', new Unreachable('no answer'));
    expect((await loop(world, 4)).rounds).toBe(3);
  });

  it('ends without a round when the state store never answers', async () => {
    const world = await createWorld();
    jest.spyOn(world.ports.store, 'readObservations').mockRejectedValue(new Unreachable('no answer'));
    expect(await loop(world, 3)).toEqual({ rounds: 0, ended: 'the state store never answered' });
  });

  it.each([
    ['at the start', 'readObservations'],
    ['in a round', 'readSituation'],
  ] as const)('fails on a damaged item: somebody has to look (%s)', async (_what, method) => {
    const world = await createWorld();
    failOnce(world.ports, method, new DamagedState('targets is no JSON'));
    expect((await rejectionOf(loop(world, 3))).name).toBe('DamagedState');
  });
});

describe('a zone that is lost while witnesses loop', () => {
  it('is claimed once, by whoever is first', async () => {
    const world = await createWorld();
    const looping = Promise.all(['az-b', 'az-c', 'region'].map((witness) => loop(world, 20, witness)));
    await world.clock.sleep(3 * INTERVAL_MS);
    world.lose('az-a');
    await looping;
    expect(world.workflows.started).toEqual([
      { machine: 'failover', name: 'orders-e8', input: { epoch: 8 } },
    ]);
    expect((await world.seatNow()).operation).toMatchObject({ from: 'az-a', to: 'az-b', mode: 'emergency' });
  });
});

describe('what a loop does besides', () => {
  it('writes a beacon a second into the store of the writer', async () => {
    const world = await createWorld();
    const beacon = jest.spyOn(world.ports.postgres, 'beacon');
    await loop(world, 16);
    expect(beacon.mock.calls.map(([zone]) => zone)).toEqual(['az-a', 'az-a', 'az-a']);
  });

  it('writes one into each store, where that one writes', async () => {
    const moved = { redis: { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 } };
    const world = await createWorld({ hasRedis: true, seat: { beside: moved } });
    const { redis } = world.ports.beside;
    if (redis === undefined) throw new Error('there is Redis');
    const beacons = [jest.spyOn(world.ports.postgres, 'beacon'), jest.spyOn(redis, 'beacon')];
    await loop(world, 6);
    expect(beacons.map((each) => each.mock.calls[0]?.[0])).toEqual(['az-a', 'az-b']);
  });

  it('looks at each store and the machine beside it', async () => {
    const world = await createWorld({ hasRedis: true });
    await loop(world, 1);
    const [observation] = await world.ports.store.readObservations();
    expect(observation?.targets.map(({ kind, zone, latest }) => `${kind}@${zone} ${latest.state}`)).toEqual(
      ['postgres', 'redis', 'api', 'host', 'host-redis']
        .flatMap((kind) => [`${kind}@az-a ok`, `${kind}@az-b ok`])
        .concat('peer@az-a ok', 'peer@az-b ok'),
    );
  });

  it.each([
    ['region', { writer: 'az-a', eligible: null, cooldownUntilMs: 0 }],
    ['az-c', undefined],
  ])('%s adds a store that the seat does not know yet: %j', async (witness, place) => {
    const world = await createWorld({ hasRedis: true, seat: { beside: {}, operation: null } });
    await loop(world, 40, witness);
    expect((await world.seatNow()).beside.redis).toEqual(place);
  });

  it('makes the first seat with every store beside PostgreSQL', async () => {
    const world = await createWorld({ hasRedis: true, hasNoSeat: true });
    await loop(world, 1);
    const unproven = { writer: 'az-a', eligible: null, cooldownUntilMs: 0 };
    expect(await world.seatNow()).toMatchObject({ ...unproven, beside: { redis: unproven } });
  });

  it('writes none where it does not see the store', async () => {
    const world = await createWorld();
    const beacon = jest.spyOn(world.ports.postgres, 'beacon');
    await loop(world, 16, 'region');
    expect(beacon).not.toHaveBeenCalled();
  });

  it.each([
    ['region', true],
    ['az-c', false],
  ])('%s puts metrics for all: %s', async (witness, puts) => {
    const world = await createWorld();
    await loop(world, 40, witness);
    expect(world.metrics.some(({ metric }) => metric === 'StandbyEligible')).toBe(puts);
  });

  it('is not delayed and not ended by it: a beacon that fails is logged', async () => {
    const world = await createWorld();
    world.servers.kill('az-a');
    expect((await loop(world, 12)).rounds).toBe(12);
    expect(world.lines).toContainEqual(expect.objectContaining({ message: 'side work failed' }));
  });

  it.each([
    ['az-c', POLICY.stepDeadlineMs + 1, true],
    ['region', POLICY.stepDeadlineMs + 1, true],
    ['az-c', 0, false],
  ])('%s calls the reconciler for a seat without progress for %d ms: %s', async (witness, stuckMs, calls) => {
    const world = await createHeldWorld();
    world.clock.advance(stuckMs);
    // Rounds as slow as the beacons: the one that fails each round must not stand before the call.
    const policy = { ...world.topology.policy, checkIntervalMs: 1_000 };
    world.servers.kill('az-a');
    await probeZone({ ...world.ports, topology: { ...world.topology, policy } }, { witness, limitMs: 6_000 });
    expect(world.fired.some(({ name }) => name === 'reconcile-seat')).toBe(calls);
  });
});

describe('a seat that is behind the engines', () => {
  it('is refused with both epochs, and nothing is claimed', async () => {
    const world = await createWorld();
    for (const zone of ['az-a', 'az-b']) world.servers.at(zone).fence = { epoch: 9, zone: 'az-a' };
    await loop(world, 12);
    const [newest] = await world.ports.store.recentDecisions(1);
    expect(newest?.decision.reasons).toMatchObject([
      { code: 'seat-behind-engines', numbers: { seatEpoch: 7, enginesEpoch: 9 } },
    ]);
    expect((await world.seatNow()).epoch).toBe(7);
  });
});

describe('one fresh round, for whoever asks', () => {
  it('leaves a loop that lives alone, and hands on its newest round', async () => {
    const world = await createWorld();
    const looping = loop(world, 10);
    const fresh = await freshRound(world.ports, 'az-c');
    const { ended, rounds } = await looping;
    expect({ ended, rounds }).toEqual({ ended: 'after 2000 ms', rounds: 10 });
    expect(fresh.runId).toBe((await ownRound(world))?.runId);
  });

  it('looks itself when nobody loops, and publishes it so that a claim can rest on it', async () => {
    const world = await createWorld();
    const fresh = await freshRound(world.ports, 'az-c');
    expect(fresh.targets.every(({ latest }) => latest.state === 'ok')).toBe(true);
    expect(await ownRound(world)).toEqual(fresh);
    expect(fresh.round).toBe(1);
  });

  it('looks until what fails has failed the threshold and the burst', async () => {
    const world = await createWorld();
    world.lose('az-a');
    const fresh = await freshRound(world.ports, 'az-c');
    expect(fresh.round).toBe(POLICY.failureThreshold);
    expect(findTarget(fresh, 'postgres', 'az-a')).toMatchObject({ confirmed: true, consecutiveFailed: 3 });
  });

  it('takes over from a loop that died', async () => {
    const world = await createWorld();
    await loop(world, 2);
    const before = await ownRound(world);
    const fresh = await freshRound(world.ports, 'az-c');
    expect(fresh.runId).not.toBe(before?.runId);
    expect(fresh.round).toBeGreaterThan(before?.round ?? 0);
  });

  it('does not wait longer than whoever asks, however slow the rounds are', async () => {
    const slow = { checkIntervalMs: 30_000, staleAfterMs: 90_000, probeTimeoutMs: 2_000 };
    const world = await createWorld({ policy: slow });
    await freshRound(world.ports, 'az-c');
    expect(world.clock.monotonicMs()).toBeLessThan(3_000);
  });
});
