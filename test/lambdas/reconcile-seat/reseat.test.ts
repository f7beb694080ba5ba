import { reconcileSeat } from '../../../lambdas/reconcile-seat/reconcile-seat';
import type { Refused } from '../../../lib/domain/errors';
import { CALM_GRID, replicationWith } from '../../domain/decision/world';
import { createHeldWorld, createWorld, putGrid, rejectionOf } from '../ports';

type World = Awaited<ReturnType<typeof createWorld>>;

const behind = { behind: 12 };

/** az-a writes at epoch 12, and az-b has replayed it; the seat says 7. */
const restored = (world: World): World => {
  for (const zone of ['az-a', 'az-b']) world.servers.at(zone).fence = { epoch: 12, zone: 'az-a' };
  return world;
};

const promote = (world: World, zone: string, epoch: number): void => {
  Object.assign(world.servers.at(zone), { inRecovery: false, isReadOnly: false, fence: { epoch, zone } });
};

const reasonOf = async (world: World): Promise<string> =>
  ((await rejectionOf(reconcileSeat(world.ports, behind))) as Refused).code;

describe('a seat that is behind the engines', () => {
  it('follows them, far past both, with nobody eligible, and the writer goes on alone', async () => {
    const world = restored(await createWorld());
    expect(await reconcileSeat(world.ports, behind)).toEqual({
      action: 'reseated',
      epoch: 1012,
      writer: 'az-a',
      why: 'the seat was at epoch 7 with writer az-a, the engines at 12',
    });
    expect(await world.seatNow()).toMatchObject({
      epoch: 1012,
      writer: 'az-a',
      eligible: null,
      operation: null,
    });
    expect(world.servers.at('az-a')).toMatchObject({ fence: { epoch: 1012 }, syncName: '' });
  });

  it('names the primary, whatever the seat said, and sends the traffic there', async () => {
    const world = restored(await createWorld());
    promote(world, 'az-b', 13);
    Object.assign(world.servers.at('az-a'), { isReadOnly: true });
    expect(await reconcileSeat(world.ports, behind)).toMatchObject({ writer: 'az-b' });
    expect(await world.seatNow()).toMatchObject({ writer: 'az-b', eligible: null, cooldownUntilMs: 0 });
    expect(await world.ports.traffic.current(1)).toEqual({ 'az-a': 0, 'az-b': 100 });
  });

  it('counts the epoch of a store that elects by itself, follows where it leads, and refuses what comes late', async () => {
    const world = restored(await createWorld({ hasRedis: true, hasKafka: true }));
    Object.assign(world.kafka, { epoch: 15, leader: 'az-b' });
    expect(await reconcileSeat(world.ports, behind)).toMatchObject({ epoch: 1015, writer: 'az-a' });
    expect((await world.seatNow()).beside.kafka).toMatchObject({ writer: 'az-b', eligible: 'az-a' });
    expect(world.kafka).toMatchObject({ epoch: 1015, leader: 'az-b' });
  });

  it('has a store that elects by itself led beside PostgreSQL when no data zone leads it', async () => {
    const world = restored(await createWorld({ hasRedis: true, hasKafka: true }));
    Object.assign(world.kafka, { epoch: 9, leader: 'az-c' });
    await reconcileSeat(world.ports, behind);
    expect((await world.seatNow()).beside.kafka).toMatchObject({ writer: 'az-a', eligible: 'az-b' });
    expect(world.kafka.leader).toBe('az-a');
  });

  it('is refused when nobody of such a store answers', async () => {
    const world = restored(await createWorld({ hasRedis: true, hasKafka: true }));
    for (const zone of ['az-a', 'az-b']) world.kafka.conditions[zone] = 'stopped';
    expect(await reasonOf(world)).toBe('unknown-epoch');
  });

  it.each([
    ['epoch', 8, 9, 1],
    ['timeline', 9, 9, 2],
  ])('takes the newer of two primaries by %s: the other is a zombie, and is rejoined', async (...row) => {
    const [, older, newer, timeline] = row;
    const world = await createWorld();
    promote(world, 'az-a', older);
    promote(world, 'az-b', newer);
    Object.assign(world.servers.at('az-b'), { timeline });
    expect(await reconcileSeat(world.ports, behind)).toMatchObject({ writer: 'az-b', epoch: 1009 });
  });

  it('opens a writer that a move, cut short by the restore, had fenced', async () => {
    const world = restored(await createWorld());
    Object.assign(world.servers.at('az-a'), { isReadOnly: true });
    expect(await reconcileSeat(world.ports, behind)).toMatchObject({ writer: 'az-a' });
    expect(world.servers.write('az-a', 'w-1')).toBe('acknowledged');
  });

  it('drops an operation that the restored seat holds: it is of the past', async () => {
    const world = restored(await createHeldWorld({ phase: 'switching' }));
    expect(await reconcileSeat(world.ports, behind)).toMatchObject({ action: 'reseated', epoch: 1012 });
    expect((await world.seatNow()).operation).toBeNull();
  });

  it('does nothing when somebody was first', async () => {
    const world = await createWorld();
    expect(await reconcileSeat(world.ports, behind)).toEqual({
      action: 'none',
      why: 'the seat is at epoch 7, the engines at 1',
    });
  });

  it('changes nothing while a zone does not answer: it may know a newer epoch', async () => {
    const world = restored(await createWorld());
    world.servers.kill('az-b');
    expect(await reasonOf(world)).toBe('unknown-epoch');
    expect((await world.seatNow()).epoch).toBe(7);
  });

  it('goes by a person about a zone that does not answer', async () => {
    const world = restored(await createWorld());
    world.servers.kill('az-b');
    expect(await reconcileSeat(world.ports, { ...behind, writer: 'az-a' })).toMatchObject({
      action: 'reseated',
      writer: 'az-a',
    });
  });

  it('does not go by a person who names a zone that holds no data', async () => {
    const world = restored(await createWorld());
    await expect(reconcileSeat(world.ports, { ...behind, writer: 'az-c' })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: '"writer" is "az-c": there is no data in it; the data zones are az-a, az-b',
    });
  });

  it('does not go by a person who names another zone than the newest primary', async () => {
    const world = restored(await createWorld());
    const cause = await rejectionOf(reconcileSeat(world.ports, { ...behind, writer: 'az-b' }));
    expect(cause.message).toMatch(
      /the writer az-b is not to be told .*az-a is a primary at epoch 12, az-b is a standby at epoch 12/,
    );
    expect((await world.seatNow()).epoch).toBe(7);
  });

  it('goes by a person between two primaries that are alike', async () => {
    const world = restored(await createWorld());
    promote(world, 'az-b', 12);
    expect(await reconcileSeat(world.ports, { ...behind, writer: 'az-b' })).toMatchObject({ writer: 'az-b' });
  });

  it('does not take silence for a seat that is in order, whatever a person says', async () => {
    const world = restored(await createWorld());
    for (const zone of ['az-a', 'az-b']) world.servers.kill(zone);
    const cause = await rejectionOf(reconcileSeat(world.ports, { ...behind, writer: 'az-a' }));
    expect(cause.message).toMatch(/no zone answers; nothing was changed/);
  });

  it('is not settled by whoever finds its operation stuck or dead', async () => {
    const world = restored(await createHeldWorld({ kind: 'rejoin' }, { eligible: null }));
    await putGrid(world, CALM_GRID);
    const rounds = await world.ports.store.readObservations();
    const replication = replicationWith({ fenceEpoch: 12 });
    const seeing = rounds.map((round) => ({
      ...round,
      targets: round.targets.map((target) => ({ ...target, latest: { ...target.latest, replication } })),
    }));
    jest.spyOn(world.ports.store, 'readObservations').mockResolvedValue(seeing);
    world.clock.advance(1_000_000);
    expect(await reconcileSeat(world.ports)).toEqual({
      action: 'none',
      why: 'the seat is at epoch 8, and postgres in az-a at 12: it was restored; see the runbook',
    });
    expect((await world.seatNow()).operation?.epoch).toBe(8);
  });

  it.each([
    ['nobody is a primary', { 'az-a': true, 'az-b': true }],
    ['both are, at one epoch and timeline', { 'az-a': false, 'az-b': false }],
  ])('changes nothing when %s', async (_when, inRecovery) => {
    const world = restored(await createWorld());
    for (const [zone, is] of Object.entries(inRecovery)) world.servers.at(zone).inRecovery = is;
    expect(await reasonOf(world)).toBe('no-single-writer');
    expect((await world.seatNow()).epoch).toBe(7);
  });

  it('leaves the seat behind when the writer could not be let on: whoever is called next does it again', async () => {
    const world = restored(await createWorld());
    jest.spyOn(world.ports.traffic, 'shift').mockRejectedValueOnce(new Error('Route 53 did not answer'));
    await rejectionOf(reconcileSeat(world.ports, behind));
    expect((await world.seatNow()).epoch).toBe(7);
    expect(await reconcileSeat(world.ports, behind)).toMatchObject({ action: 'reseated', epoch: 2012 });
  });

  it('tells the loser of a race who won', async () => {
    const world = restored(await createWorld());
    const { apply } = world.ports.store;
    jest.spyOn(world.ports.store, 'apply').mockImplementationOnce(async (event) => {
      await apply(event);
      return apply(event);
    });
    expect(await reasonOf(world)).toBe('stale-epoch');
    expect((await world.seatNow()).epoch).toBe(1012);
  });
});

describe('a seat that is behind, of two stores', () => {
  const both = async () => {
    const world = restored(await createWorld({ hasRedis: true }));
    for (const zone of ['az-a', 'az-b']) world.redis.at(zone).fence = { epoch: 13, zone: 'az-a' };
    return world;
  };

  it('follows each of them, past the newest epoch of all', async () => {
    const world = await both();
    Object.assign(world.redis.at('az-b'), {
      inRecovery: false,
      isReadOnly: false,
      timeline: 2,
      fence: { epoch: 14, zone: 'az-b' },
    });
    expect(await reconcileSeat(world.ports, behind)).toMatchObject({ epoch: 1014, writer: 'az-a' });
    expect(await world.seatNow()).toMatchObject({
      writer: 'az-a',
      eligible: null,
      beside: { redis: { writer: 'az-b', eligible: null, cooldownUntilMs: 0 } },
    });
    expect([world.servers.at('az-a').syncName, world.redis.at('az-b').syncName]).toEqual(['', '']);
    expect(world.redis.at('az-b').fence.epoch).toBe(1014);
  });

  it('changes nothing when it cannot be told where one of them writes', async () => {
    const world = await both();
    Object.assign(world.redis.at('az-b'), { inRecovery: false, fence: { epoch: 13, zone: 'az-b' } });
    const refused = await rejectionOf(reconcileSeat(world.ports, behind));
    expect(refused.message).toMatch(/the writer of redis is not to be told from them/);
    world.redis.kill('az-b');
    expect((await rejectionOf(reconcileSeat(world.ports, behind))).message).toMatch(
      /redis in az-b does not tell the epoch in force there/,
    );
    expect(await world.seatNow()).toMatchObject({ epoch: 7, eligible: 'az-b' });
  });
});
