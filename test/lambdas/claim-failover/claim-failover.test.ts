import { claimFailover } from '../../../lambdas/claim-failover/claim-failover';
import type { CopiesReport } from '../../../lib/domain/consistency/report';
import { emptyReport } from '../../../lib/domain/consistency/report';
import { Unreachable } from '../../../lib/domain/errors';
import type { Policy, VerifyPolicy } from '../../../lib/domain/topology';
import type { Seat } from '../../../lib/domain/protocol/seat';
import { CALM_GRID, NOW_MS, ZONE_LOSS_GRID } from '../../domain/decision/world';
import type { World } from '../ports';
import {
  createHeldWorld,
  createWorld,
  keepLooking,
  observationsOf,
  operationAt,
  putGrid,
  rejectionOf,
  withBeacon,
} from '../ports';

const planned = { to: 'az-b', mode: 'planned', reason: 'maintenance' };
const emergency = { to: 'az-b', mode: 'emergency', reason: 'the zone burns' };

const watched = async (
  grid: string,
  seat: Partial<Seat> = {},
  policy: Partial<Policy> = {},
): Promise<World> => {
  const world = await createWorld({ seat, policy });
  await putGrid(world, grid);
  keepLooking(world, grid);
  return world;
};

const start = (world: World, request: unknown) =>
  claimFailover({ request, execution: 'by-hand' }, world.ports);

describe("a person's start", () => {
  it('claims the next epoch for its own execution, with the evidence', async () => {
    const world = await watched(CALM_GRID);
    const operation = await start(world, { ...planned, requestedBy: 'sam' });
    expect(operation).toEqual({
      epoch: 8,
      kind: 'failover',
      concerns: { postgres: 'yes', redis: 'no', kafka: 'no', objects: 'no' },
      from: 'az-a',
      to: 'az-b',
      mode: 'planned',
      trigger: 'human',
    });
    expect(await world.seatNow()).toMatchObject({
      epoch: 8,
      operation: {
        execution: 'by-hand',
        phase: 'claimed',
        reason: 'maintenance (sam)',
        eligibleBefore: { postgres: 'az-b' },
      },
    });
    expect((await world.ports.store.readDecision(8))?.evidence).toHaveLength(4);
  });

  it.each(['one after the other', 'both at once'])(
    'is claimed once when it is delivered twice, %s',
    async (how) => {
      const world = await watched(CALM_GRID);
      const first = start(world, planned);
      if (how === 'one after the other') await first;
      const second = start(world, planned);
      expect(await second).toEqual(await first);
      expect((await world.seatNow()).epoch).toBe(8);
      expect(await world.ports.store.recentDecisions(5)).toHaveLength(1);
    },
  );

  it('is told why it was refused when the refusal cannot be kept', async () => {
    const world = await watched(CALM_GRID, { cooldownUntilMs: NOW_MS + 900_000 });
    jest.spyOn(world.ports.store, 'recordDecision').mockRejectedValue(new Unreachable('the table is away'));
    expect(await rejectionOf(start(world, planned))).toMatchObject({ name: 'Refused', code: 'cooldown' });
    expect(world.lines).toContainEqual(
      expect.objectContaining({
        message: 'a refusal was not kept',
        detail: { cause: 'Unreachable: the table is away' },
      }),
    );
  });

  it('claims a rollback when it is one', async () => {
    const world = await watched(CALM_GRID, { writer: 'az-b', eligible: 'az-a', cooldownUntilMs: 0 });
    const operation = await start(world, { ...planned, to: 'az-a', kind: 'rollback' });
    expect(operation).toMatchObject({ kind: 'rollback', from: 'az-b', to: 'az-a' });
  });

  it('overrides the cooldown only when asked to', async () => {
    const cooling = { cooldownUntilMs: NOW_MS + 900_000 };
    const world = await watched(CALM_GRID, cooling);
    expect(await rejectionOf(start(world, planned))).toMatchObject({ name: 'Refused', code: 'cooldown' });
    expect((await start(world, { ...planned, overrideCooldown: true })).epoch).toBe(8);
  });

  it('puts a waiver on record where the target is not proven, up to the loss it names', async () => {
    const world = await createWorld({ seat: { eligible: null } });
    const beaconAtMs = NOW_MS - 20_000;
    world.answers.observations = observationsOf(CALM_GRID).map((seen) => withBeacon(seen, beaconAtMs));
    expect(await rejectionOf(start(world, emergency))).toMatchObject({ code: 'not-eligible' });
    const tooLittle = start(world, { ...emergency, acceptLossSeconds: 5 });
    expect(await rejectionOf(tooLittle)).toMatchObject({ code: 'rpo-exceeded' });
    await start(world, { ...emergency, acceptLossSeconds: 60 });
    expect((await world.seatNow()).operation?.acceptLossSeconds).toBe(60);
  });

  it('needs no waiver beside an eligible standby, and drops one', async () => {
    const world = await watched(ZONE_LOSS_GRID);
    await start(world, { ...emergency, acceptLossSeconds: 30 });
    expect((await world.seatNow()).operation?.acceptLossSeconds).toBeNull();
  });

  it.each<[string, Partial<Seat>, object, string]>([
    ['the target is the writer', {}, { ...planned, to: 'az-a' }, 'same-zone'],
    ['something is running', { epoch: 8, operation: operationAt(8) }, planned, 'busy'],
    ['the target is not proven', { eligible: null }, planned, 'not-eligible'],
  ])('is refused by name and claims nothing: %s', async (_what, seat, request, code) => {
    const world = await watched(CALM_GRID, seat);
    const before = await world.seatNow();
    expect(await rejectionOf(start(world, request))).toMatchObject({ name: 'Refused', code });
    expect(await world.seatNow()).toEqual(before);
  });

  it('planned: is refused when the writer cannot be paused', async () => {
    const world = await watched(ZONE_LOSS_GRID);
    expect(await rejectionOf(start(world, planned))).toMatchObject({ code: 'source-not-healthy' });
  });

  const comparedWith = async (world: World, part: Partial<CopiesReport>): Promise<void> => {
    const report = { ...emptyReport({ store: 'postgres', writer: 'az-a', copy: 'az-b' }), items: 5, ...part };
    const times = { startedAtMs: NOW_MS - 1_000, endedAtMs: NOW_MS - 500 };
    await world.ports.store.writeCopies({ epoch: 7, execution: 'orders-v-1', ...times, report });
  };
  const different = {
    differences: [{ item: 't id=1', what: 'different', words: null }],
    differencesFound: 1,
  } as const;

  const verifying = (world: World, beforePlanned: VerifyPolicy['beforePlanned']): World => {
    const topology = { ...world.topology, verify: { ...world.topology.verify, beforePlanned } };
    return { ...world, ports: { ...world.ports, topology } };
  };

  it('planned: is refused and kept, with nothing claimed, while the copies are known to differ', async () => {
    const world = verifying(await watched(CALM_GRID), 'on');
    await comparedWith(world, different);
    const before = await world.seatNow();
    expect(await rejectionOf(start(world, planned))).toMatchObject({
      name: 'Refused',
      code: 'copies-differ',
    });
    expect(await world.seatNow()).toEqual(before);
    const [kept] = await world.ports.store.recentDecisions(9);
    expect(kept?.refused).toMatchObject({ code: 'copies-differ', numbers: { differences: 1 } });
    // An emergency does not wait for what a comparison said, nor does a deployment that asks for none.
    const lost = verifying(await watched(ZONE_LOSS_GRID), 'on');
    await comparedWith(lost, different);
    expect((await start(lost, emergency)).epoch).toBe(8);
  });

  it.each<[VerifyPolicy['beforePlanned'], Partial<CopiesReport> | null, string | null]>([
    ['off', different, null],
    ['on', null, null],
    ['required', null, 'copies-not-compared'],
    ['required', { chunks: 1 }, null],
  ])('planned, beforePlanned %s, compared as %j: refused with %s', async (beforePlanned, compared, code) => {
    const world = await watched(CALM_GRID);
    if (compared !== null) await comparedWith(world, compared);
    const asked = start(verifying(world, beforePlanned), planned);
    if (code === null) expect((await asked).epoch).toBe(8);
    else expect(await rejectionOf(asked)).toMatchObject({ code });
  });

  it('loses to a claim that was made while it looked', async () => {
    const world = await watched(CALM_GRID);
    const { apply } = world.ports.store;
    jest.spyOn(world.ports.store, 'apply').mockImplementationOnce(async (event, claim) => {
      world.items.set('seat', { ...world.items.get('seat'), epoch: 8 });
      return apply(event, claim);
    });
    expect(await rejectionOf(start(world, planned))).toMatchObject({ name: 'Refused', code: 'stale-epoch' });
  });

  it('is kept when it is refused: what was asked, by whom, on what evidence', async () => {
    const world = await watched(CALM_GRID, { cooldownUntilMs: NOW_MS + 900_000 });
    await rejectionOf(start(world, { ...planned, requestedBy: 'sam' }));
    await rejectionOf(start(world, planned));
    const [second, first] = await world.ports.store.recentDecisions(10);
    expect(first).toMatchObject({
      epoch: 7,
      decision: { kind: 'refuse', reasons: [{ code: 'cooldown' }], policyVersion: 'p1' },
      circumstances: { trigger: 'human', actor: 'sam', request: planned },
    });
    expect(first?.evidence).toHaveLength(4);
    expect(second?.circumstances?.actor).toBe('by-hand');
  });

  it('is kept when its claim was lost, with who won', async () => {
    const world = await watched(CALM_GRID);
    const { apply } = world.ports.store;
    jest.spyOn(world.ports.store, 'apply').mockImplementationOnce(async (event, claim) => {
      world.items.set('seat', { ...world.items.get('seat'), epoch: 8 });
      return apply(event, claim);
    });
    await rejectionOf(start(world, planned));
    const [record] = await world.ports.store.recentDecisions(10);
    expect(record).toMatchObject({
      decision: { kind: 'failover' },
      refused: { code: 'stale-epoch', numbers: { epoch: 8 } },
    });
  });

  it('hands on what is no refusal, and keeps nothing', async () => {
    const world = await watched(CALM_GRID);
    jest.spyOn(world.ports.store, 'apply').mockRejectedValueOnce(new Unreachable('no answer'));
    expect((await rejectionOf(start(world, planned))).name).toBe('Unreachable');
    expect(await world.ports.store.recentDecisions(10)).toEqual([]);
  });

  it('is refused before anything is read when its input is wrong', async () => {
    const world = await watched(CALM_GRID);
    const read = jest.spyOn(world.ports.store, 'readSeat');
    expect((await rejectionOf(start(world, { to: 'az-b' }))).name).toBe('InvalidRequest');
    expect(read).not.toHaveBeenCalled();
  });
});

describe('the evidence of a start', () => {
  it('comes from the witnesses that loop, and a silent one is not waited for beyond its time', async () => {
    const world = await watched(ZONE_LOSS_GRID);
    await start(world, emergency);
    expect(world.asked).toEqual([]);
    expect(world.clock.monotonicMs()).toBeLessThanOrEqual(1_100);
  });

  it('is asked for when nobody loops', async () => {
    const world = await createWorld();
    await putGrid(world, CALM_GRID);
    world.answers.observations = observationsOf(CALM_GRID, 200);
    await start(world, planned);
    expect(world.asked).toEqual([['az-a', 'az-b', 'az-c', 'region']]);
  });

  it('is asked of the silent ones when too few loop', async () => {
    const world = await createWorld();
    const alone = 'region . o . . o . .';
    await putGrid(world, CALM_GRID);
    keepLooking(world, alone);
    world.answers.observations = observationsOf(CALM_GRID, 200);
    await start(world, planned);
    expect(world.asked).toEqual([['az-a', 'az-b', 'az-c']]);
  });

  it('is not waited for longer than the task has, however slow the rounds are', async () => {
    const world = await createWorld({
      policy: { checkIntervalMs: 30_000, probeTimeoutMs: 2_000, staleAfterMs: 90_000 },
    });
    await putGrid(world, CALM_GRID);
    world.answers.observations = observationsOf(CALM_GRID, 200);
    await start(world, planned);
    expect(world.clock.monotonicMs()).toBeLessThan(6_000);
  });

  it('is missing: nothing is claimed', async () => {
    const world = await createWorld();
    expect(await rejectionOf(start(world, planned))).toMatchObject({ name: 'Refused' });
    expect((await world.seatNow()).epoch).toBe(7);
  });
});

describe('a start whose epoch is claimed already', () => {
  it('adopts the operation that it carries', async () => {
    const world = await createHeldWorld();
    const operation = await claimFailover({ request: { epoch: 8 }, execution: 'orders-e8' }, world.ports);
    expect(operation).toMatchObject({ epoch: 8, trigger: 'witness', mode: 'emergency' });
    expect((await world.seatNow()).operation?.progress).toBe(0);
  });

  it('is refused when another execution carries it', async () => {
    const world = await createHeldWorld();
    expect(await rejectionOf(start(world, { epoch: 8 }))).toMatchObject({ name: 'Refused', code: 'busy' });
  });

  it('is refused when the epoch has passed', async () => {
    const world = await createHeldWorld({ epoch: 9 }, { epoch: 9 });
    expect((await rejectionOf(start(world, { epoch: 8 }))).name).toBe('StaleEpoch');
  });

  it.each([[{ epoch: 8, to: 'az-b' }], [{ epoch: 'eight' }], [{ epoch: 8.5 }]])(
    'is not mistaken for a request: %j',
    async (request) => {
      const world = await createHeldWorld();
      expect((await rejectionOf(start(world, request))).name).toBe('InvalidRequest');
    },
  );
});
