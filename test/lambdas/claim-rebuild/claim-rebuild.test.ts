import { claimRebuild } from '../../../lambdas/claim-rebuild/claim-rebuild';
import type { CopiesReport } from '../../../lib/domain/consistency/report';
import { emptyReport } from '../../../lib/domain/consistency/report';
import type { Seat } from '../../../lib/domain/protocol/seat';
import { CALM_GRID, ZONE_LOSS_GRID } from '../../domain/decision/world';
import { runMachine } from '../machine-run';
import type { World } from '../ports';
import { createWorld, keepLooking, operationAt, putGrid, rejectionOf } from '../ports';

const comparison = 'orders-v-1';
const request = {
  rebuild: 'postgres',
  to: 'az-b',
  seatEpoch: 7,
  keep: true,
  reason: 'az-b differs',
  comparison,
};

const watched = async (grid = CALM_GRID, seat: Partial<Seat> = {}): Promise<World> => {
  const world = await createWorld({ seat });
  await putGrid(world, grid);
  keepLooking(world, grid);
  return world;
};

const compared = (world: World, part: Partial<CopiesReport> = {}, execution = comparison): Promise<void> =>
  world.ports.store.writeCopies({
    epoch: 7,
    execution,
    startedAtMs: 1,
    endedAtMs: 2,
    report: {
      ...emptyReport({ store: 'postgres', writer: 'az-a', copy: 'az-b' }),
      differences: [{ item: 'orders id=1', what: 'different', words: null }],
      differencesFound: 1,
      ...part,
    },
  });

const start = (world: World, changes: object = {}) =>
  claimRebuild({ request: { ...request, ...changes }, execution: 'by-hand' }, world.ports);

/** az-b has everything that az-a has, and one row that nobody wrote. */
const diverge = (world: World): void => {
  world.servers.write('az-a', 'order-1');
  world.servers.at('az-b').ids = ['order-X'];
};

const run = (world: World, input: object) =>
  runMachine(
    { machine: 'rejoin', execution: 'by-hand', clock: world.clock, portsFor: () => world.ports },
    input,
  );

describe('who asks for a copy to be made anew', () => {
  it('takes the next epoch, and nobody is eligible from that very write on (I8)', async () => {
    const world = await watched();
    await compared(world);
    const operation = await start(world, { requestedBy: 'sam' });
    expect(operation).toMatchObject({ epoch: 8, kind: 'rejoin', from: 'az-a', to: 'az-b', trigger: 'human' });
    expect(await world.seatNow()).toMatchObject({
      epoch: 8,
      writer: 'az-a',
      eligible: null,
      operation: {
        rebuild: { keep: true },
        reason: 'az-b differs (sam)',
        eligibleBefore: { postgres: 'az-b' },
      },
    });
    expect(await world.ports.store.readDecision(8)).toMatchObject({
      decision: { operation: { rebuild: { keep: true } } },
      circumstances: { request: { rebuild: { keep: true }, only: ['postgres'] } },
    });
  });

  it('needs no comparison when it names none', async () => {
    const world = await watched();
    const without = { rebuild: 'postgres', to: 'az-b', seatEpoch: 7, keep: false, reason: 'the disk' };
    await claimRebuild({ request: without, execution: 'by-hand' }, world.ports);
    expect((await world.seatNow()).operation).toMatchObject({ rebuild: { keep: false } });
  });

  it.each<[string, Partial<CopiesReport> | null, string, string]>([
    ['the copies were never compared', null, comparison, 'copies-not-different'],
    ['they were compared again since', {}, 'orders-v-2', 'copies-not-different'],
    ['they are equal', { differencesFound: 0, differences: [] }, comparison, 'copies-not-different'],
    [
      'the writer cannot read its own data',
      { differences: [{ item: 't', what: 'unreadable at the writer', words: null }] },
      comparison,
      'writer-damaged',
    ],
  ])('is refused when %s, and that is kept', async (_why, report, execution, code) => {
    const world = await watched();
    if (report !== null) await compared(world, report, execution);
    expect(await rejectionOf(start(world))).toMatchObject({ name: 'Refused', code });
    expect(await world.seatNow()).toMatchObject({ epoch: 7, eligible: 'az-b', operation: null });
    expect((await world.ports.store.recentDecisions(1))[0]).toMatchObject({ refused: { code } });
  });

  it('is refused when the seat has moved on since it was asked: it came late, or a second time', async () => {
    const world = await watched();
    await compared(world);
    await run(world, request);
    await compared(world);
    expect(await rejectionOf(start(world))).toMatchObject({
      code: 'stale-epoch',
      numbers: { epoch: 8, seatEpoch: 7 },
    });
    expect(await world.seatNow()).toMatchObject({ epoch: 8, eligible: 'az-b', operation: null });
  });

  it('is told what is under way', async () => {
    const operation = operationAt(7, { kind: 'degrade', mode: 'emergency' });
    const world = await watched(CALM_GRID, { operation });
    await compared(world);
    const refused = await rejectionOf(start(world));
    expect(refused).toMatchObject({ code: 'busy' });
    expect(refused.message).toContain('the emergency degrade from az-a to az-b (epoch 7, claimed)');
  });

  it.each<[string, string, Partial<Seat>, string]>([
    ['the copy is not the proven standby', CALM_GRID, { eligible: null }, 'not-eligible'],
    ['nobody sees the writer well', ZONE_LOSS_GRID, {}, 'source-not-healthy'],
  ])('is refused when %s', async (_why, grid, seat, code) => {
    const world = await watched(grid, seat);
    await compared(world);
    expect(await rejectionOf(start(world))).toMatchObject({ name: 'Refused', code });
  });

  it.each([
    [{ rebuild: 'kafka', to: 'az-b' }, 'Refused', 'kafka'],
    [{ to: 'az-c' }, 'InvalidRequest', '"to" is "az-c"'],
    [{ keep: 'yes' }, 'InvalidRequest', '"keep" is "yes"'],
    [{ reason: ' ' }, 'InvalidRequest', 'say why'],
    [{ epoch: 12 }, 'InvalidRequest', '"epoch" is not known'],
  ])('is told what is wrong with %j', async (changes, name, said) => {
    const world = await watched();
    await compared(world);
    const refused = await rejectionOf(start(world, changes));
    expect(refused.name).toBe(name);
    expect(refused.message).toContain(said);
    expect((await world.seatNow()).epoch).toBe(7);
  });
});

describe('the machine rejoin, started for a copy that differs', () => {
  it('lets the writer go, makes the copy anew, keeps what it had, and makes it eligible once it is proven', async () => {
    const world = await watched();
    diverge(world);
    await compared(world);
    const order: string[] = [];
    for (const act of ['degrade', 'rejoin', 'ensureSynchronous'] as const) {
      const own = world.ports.postgres[act] as (...args: unknown[]) => Promise<unknown>;
      jest.spyOn(world.ports.postgres, act).mockImplementation((...args: unknown[]) => {
        order.push(act);
        return own(...args) as never;
      });
    }
    const ended = await run(world, request);
    expect(ended.outcome).toMatchObject({ result: 'completed', epoch: 8 });
    expect(order).toEqual(['degrade', 'rejoin', 'ensureSynchronous']);
    expect(world.servers.at('az-b')).toMatchObject({ ids: ['order-1'], host: { kept: ['order-X'] } });
    expect(await world.seatNow()).toMatchObject({ writer: 'az-a', eligible: 'az-b', operation: null });
    const made = (await world.ports.store.readSteps(8)).find(({ name }) => name === 'rejoin-standby');
    expect(made?.detail).toEqual({ store: 'postgres', how: 'recloned', kept: 'data.kept-e8' });
  });

  it('changes nothing when the claim is refused', async () => {
    const world = await watched(CALM_GRID, { eligible: null });
    diverge(world);
    await compared(world);
    const ended = await run(world, request);
    expect(ended.outcome).toMatchObject({ result: 'refused', epoch: null });
    expect(ended.outcome?.reason).toContain('az-b is not the proven standby of postgres');
    expect(world.servers.at('az-b').ids).toEqual(['order-X']);
  });

  it('stops before the copy is touched when somebody has taken the seat over in between', async () => {
    const world = await watched();
    diverge(world);
    await compared(world);
    jest.spyOn(world.ports.postgres, 'degrade').mockImplementationOnce(async () => {
      const { operation } = await world.seatNow();
      if (operation === null) throw new Error('held');
      await world.ports.store.apply({ type: 'take-over', seen: operation, phase: 'undoing', nowMs: 1 });
    });
    await run(world, request);
    expect(world.servers.at('az-b').ids).toEqual(['order-X']);
    expect(world.servers.at('az-b').host.kept).toBeNull();
  });

  it('leaves a writer that waits for nobody when the copy cannot be made', async () => {
    const world = await watched();
    diverge(world);
    await compared(world);
    world.servers.silenceHost('az-b');
    const ended = await run(world, request);
    expect(ended.outcome).toMatchObject({ result: 'released' });
    expect(world.servers.at('az-a').syncName).toBe('');
    expect(await world.seatNow()).toMatchObject({ epoch: 9, eligible: null, operation: null });
  });

  it('makes it once: the step delivered again finds it done', async () => {
    const world = await watched();
    diverge(world);
    await compared(world);
    const { postgres } = world.ports;
    const rejoin = postgres.rejoin.bind(postgres);
    const lost = new Error('the answer was lost');
    lost.name = 'Lambda.ServiceException';
    jest.spyOn(postgres, 'rejoin').mockImplementationOnce(async (...args) => {
      await rejoin(...args);
      throw lost;
    });
    const ended = await run(world, request);
    expect(ended.outcome).toMatchObject({ result: 'completed' });
    expect(world.servers.at('az-b').host.kept).toEqual(['order-X']);
  });
});
