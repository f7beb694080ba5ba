import { actOnDecision } from '../../../lambdas/probe-zone/act-on-decision';
import { decide } from '../../../lib/domain/decision/decide';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import { Unreachable } from '../../../lib/domain/errors';
import { CALM_GRID, NOW_MS, snapshotOf, topologyWith, ZONE_LOSS_GRID } from '../../domain/decision/world';
import type { World } from '../ports';
import { createWorld, putGrid, rejectionOf } from '../ports';

const seeing = async (grid: string): Promise<{ world: World; snapshot: Snapshot }> => {
  const world = await createWorld();
  await putGrid(world, grid);
  return { world, snapshot: { ...snapshotOf(grid), seat: await world.seatNow() } };
};

const act = (world: World, snapshot: Snapshot, memory = { last: '' }) =>
  actOnDecision(world.ports, memory, snapshot, decide(snapshot));

describe('acting on a decision', () => {
  it('claims, then starts the execution named after the epoch', async () => {
    const { world, snapshot } = await seeing(ZONE_LOSS_GRID);
    await act(world, snapshot);
    expect((await world.seatNow()).operation).toMatchObject({
      epoch: 8,
      trigger: 'witness',
      execution: 'orders-e8',
    });
    expect(world.workflows.started).toEqual([
      { machine: 'failover', name: 'orders-e8', input: { epoch: 8 } },
    ]);
    expect((await world.ports.store.readDecision(8))?.voters.map(({ witness }) => witness)).toEqual([
      'az-b',
      'az-c',
    ]);
  });

  it("is the drill's while a drill declared that zone", async () => {
    const { world, snapshot } = await seeing(ZONE_LOSS_GRID);
    const drill = { id: 'd1', zone: 'az-a', untilMs: NOW_MS + 1 };
    await act(world, { ...snapshot, seat: { ...snapshot.seat, drill } });
    expect((await world.seatNow()).operation?.trigger).toBe('drill');
  });

  it('takes losing the claim for normal, and starts nothing', async () => {
    const { world, snapshot } = await seeing(ZONE_LOSS_GRID);
    await act(world, snapshot);
    await act(world, snapshot);
    expect(world.workflows.started).toHaveLength(1);
    expect(world.lines.at(-1)).toMatchObject({ message: 'claim refused', detail: { code: 'stale-epoch' } });
  });

  it('claims nothing on rounds that a voter has moved far past (§3b.9)', async () => {
    const { world, snapshot } = await seeing(ZONE_LOSS_GRID);
    await putGrid(world, ZONE_LOSS_GRID, 500);
    await act(world, snapshot);
    expect((await world.seatNow()).epoch).toBe(7);
    expect(world.lines.at(-1)).toMatchObject({ detail: { code: 'stale-evidence' } });
  });

  it('keeps a claim that was lost, with the evidence and who won, once', async () => {
    const { world, snapshot } = await seeing(ZONE_LOSS_GRID);
    const memory = { last: '' };
    await act(world, snapshot);
    await act(world, { ...snapshot, decidedBy: 'az-b' }, memory);
    await act(world, { ...snapshot, decidedBy: 'az-b' }, memory);
    const lost = await world.ports.store.decisionsIn(7, 10);
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatchObject({
      decision: { kind: 'failover', policyVersion: 'p1' },
      circumstances: { trigger: 'witness', actor: 'az-b', request: null },
      refused: { code: 'stale-epoch', numbers: { epoch: 8 } },
    });
    expect(lost[0]?.evidence).toHaveLength(4);
  });

  it('says who claimed, and on what seat', async () => {
    const { world, snapshot } = await seeing(ZONE_LOSS_GRID);
    await act(world, { ...snapshot, decidedBy: 'az-c' });
    const { ageMs, nowMs, seat } = snapshot;
    expect((await world.ports.store.readDecision(8))?.circumstances).toEqual({
      trigger: 'witness',
      actor: 'az-c',
      request: null,
      decidedBy: 'az-c',
      ageMs,
      nowMs,
      seat,
    });
  });

  it('hands on that the state store did not answer', async () => {
    const { world, snapshot } = await seeing(ZONE_LOSS_GRID);
    jest.spyOn(world.ports.store, 'apply').mockRejectedValue(new Unreachable('no table'));
    expect((await rejectionOf(act(world, snapshot))).name).toBe('Unreachable');
  });

  it('keeps changes in history, and not each round', async () => {
    const { world, snapshot } = await seeing(CALM_GRID);
    const memory = { last: '' };
    await act(world, snapshot, memory);
    await act(world, snapshot, memory);
    expect(await world.ports.store.recentDecisions(10)).toHaveLength(1);
    const shadow = topologyWith({ automatic: 'shadow' });
    const seat = { ...snapshot.seat, eligible: null };
    await act(world, { ...snapshot, topology: shadow, seat }, memory);
    expect(await world.ports.store.recentDecisions(10)).toHaveLength(2);
    expect(world.workflows.started).toEqual([]);
  });
});
