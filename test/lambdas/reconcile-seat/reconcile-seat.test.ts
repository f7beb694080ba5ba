import { reconcileSeat } from '../../../lambdas/reconcile-seat/reconcile-seat';
import type { Operation } from '../../../lib/domain/protocol/seat';
import type { ExecutionStatus } from '../../../lib/ports/workflows';
import { POLICY } from '../../domain/decision/world';
import { createHeldWorld, createWorld, rejectionOf } from '../ports';

const LIMIT_MS = POLICY.stepDeadlineMs;
const REJOIN_LIMIT_MS = 125_000;

type Row = readonly [status: ExecutionStatus, movedMsAgo: number, kind: Operation['kind'], acts: boolean];

const ROWS: readonly Row[] = [
  ['running', 0, 'failover', false],
  ['running', LIMIT_MS - 1, 'failover', false],
  ['running', LIMIT_MS, 'failover', true],
  ['unknown', LIMIT_MS - 1, 'failover', false],
  ['unknown', LIMIT_MS, 'failover', true],
  ['succeeded', LIMIT_MS - 1, 'failover', false],
  ['succeeded', LIMIT_MS, 'failover', true],
  ['failed', 0, 'failover', true],
  ['failed', 0, 'rollback', true],
  ['failed', 0, 'degrade', true],
  ['failed', 0, 'rejoin', true],
  ['running', LIMIT_MS, 'degrade', true],
  ['running', LIMIT_MS, 'rejoin', false],
  ['running', REJOIN_LIMIT_MS - 1, 'rejoin', false],
  ['running', REJOIN_LIMIT_MS, 'rejoin', true],
];

describe('reconcile-seat', () => {
  it.each(ROWS)('execution %s, moved %d ms ago, a %s: acts %s', async (status, movedMsAgo, kind, acts) => {
    const eligible = kind === 'degrade' || kind === 'rejoin' ? null : 'az-b';
    const world = await createHeldWorld({ kind }, { eligible });
    world.workflows.executions.set('orders-e8', { status, failure: null });
    world.clock.advance(movedMsAgo);
    const { action } = await reconcileSeat(world.ports);
    expect(action).toBe(acts ? 'settled' : 'none');
    expect((await world.seatNow()).operation === null).toBe(acts);
    expect(world.workflows.stopped).toHaveLength(acts ? 1 : 0);
  });

  it('stops the execution before it settles, and says why in both', async () => {
    const world = await createHeldWorld({ kind: 'degrade' }, { eligible: null });
    world.clock.advance(LIMIT_MS);
    const { apply } = world.ports.store;
    jest.spyOn(world.ports.store, 'apply').mockImplementation((event) => {
      expect(world.workflows.stopped).toHaveLength(1);
      return apply(event);
    });
    await reconcileSeat(world.ports);
    const why = 'execution orders-e8 is unknown, last progress 10000 ms ago (limit 10000 ms)';
    expect(world.workflows.stopped).toEqual([{ machine: 'degrade', name: 'orders-e8', reason: why }]);
    expect((await world.seatNow()).lastOutcome?.reason).toBe(`finished after: ${why}`);
  });

  it('has nothing to do for a seat that is free', async () => {
    const world = await createWorld();
    expect(await reconcileSeat(world.ports)).toEqual({ action: 'none', why: 'nothing holds the seat' });
  });

  it('says why it does nothing', async () => {
    const world = await createHeldWorld();
    world.clock.advance(400);
    expect(await reconcileSeat(world.ports)).toEqual({
      action: 'none',
      why: 'execution orders-e8 is unknown and moved 400 ms ago',
    });
  });

  it('settles nothing when the execution could not be stopped', async () => {
    const world = await createHeldWorld();
    world.clock.advance(LIMIT_MS);
    jest.spyOn(world.workflows, 'stop').mockRejectedValue(new Error('throttled'));
    await rejectionOf(reconcileSeat(world.ports));
    expect((await world.seatNow()).operation?.epoch).toBe(8);
  });
});
