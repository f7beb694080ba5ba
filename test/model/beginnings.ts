import type { RequestInput } from '../../lib/contract/payload';
import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import { operationAt } from '../lambdas/ports';
import { seatOfId } from './seats';
import { setSeat } from './space';
import type { World } from './world';

/** Where a space may begin: what led there is explored elsewhere. */

/** What a person asks for. */
export const byHand = (request: Partial<RequestInput> = {}): RequestInput => ({
  to: 'az-b',
  mode: 'planned',
  reason: 'by hand',
  ...request,
});

/** The writer goes on alone after the seat has said so; az-b still streams, and is nobody's synchronous standby. */
export const withoutStandby = (world: World): void => {
  setSeat(world, { eligible: null });
  Object.assign(world.servers['az-a'], { syncName: '' });
};

/** az-b is dead, and nobody has noticed. */
export const withStandbyDead = (world: World): void => {
  world.zones['az-b'] = 'dead';
  world.servers['az-b'].running = false;
};

const EPOCH = 8;

/** An operation of epoch 8 holds the seat, and its execution has died. */
export const heldBy =
  (operation: Partial<Operation>, seat: Partial<Seat> = {}) =>
  (world: World): void => {
    setSeat(world, {
      epoch: EPOCH,
      operation: operationAt(EPOCH, { mode: 'planned', ...operation }),
      ...seat,
    });
    world.executions[`orders-e${EPOCH}`] = 'failed';
  };

/** The old writer is read-only at epoch 8. */
export const fenced =
  (operation: Partial<Operation> = {}) =>
  (world: World): void => {
    heldBy({ phase: 'fenced', ...operation })(world);
    Object.assign(world.servers['az-a'], { readOnly: true, fenceEpoch: EPOCH });
  };

/** A person accepted a loss; the phase says fenced, and the execution died before it fenced. */
export const unfencedWaiver = (world: World): void => {
  withoutStandby(world);
  const waiver = {
    mode: 'emergency',
    eligibleBefore: { postgres: null },
    acceptLossSeconds: 60,
    trigger: 'human',
  } as const;
  heldBy({ ...waiver, phase: 'fenced' }, { eligible: null })(world);
};

/** The same, at a price that the loss is beyond by now. */
export const brokenPrice = (world: World): void => {
  unfencedWaiver(world);
  const seat = seatOfId(world.seat);
  if (seat.operation !== null)
    setSeat(world, { ...seat, operation: { ...seat.operation, acceptLossSeconds: 0 } });
};

/** A degrade of epoch 8 holds the seat and its execution has died; az-a goes on alone. */
export const degrading = (world: World): void => {
  heldBy({ kind: 'degrade', mode: 'emergency', phase: 'claimed' }, { eligible: null })(world);
};

/** az-b is promoted, and admits nothing yet. */
export const switched =
  (operation: Partial<Operation> = {}) =>
  (world: World): void => {
    fenced({ ...operation, phase: 'switched' })(world);
    setSeat(world, {
      epoch: EPOCH,
      writer: 'az-b',
      eligible: null,
      operation: operationAt(EPOCH, { mode: 'planned', ...operation, phase: 'switched' }),
    });
    Object.assign(world.servers['az-b'], { inRecovery: false, upstream: '', streamsAs: '', timeline: 2 });
    Object.assign(world.servers['az-b'], { fenceEpoch: EPOCH, fenceZone: 'az-b' });
  };

/** Past the point of no return; traffic still goes to az-a. */
export const admitted =
  (operation: Partial<Operation> = {}) =>
  (world: World): void => {
    switched(operation)(world);
    setSeat(world, {
      epoch: EPOCH,
      writer: 'az-b',
      eligible: null,
      operation: operationAt(EPOCH, { mode: 'planned', ...operation, phase: 'admitted' }),
    });
    world.servers['az-b'].readOnly = false;
  };

/** az-a was lost and az-b took over; az-a is back, as it was: a zombie. */
export const afterFailover = (world: World): void => {
  admitted()(world);
  setSeat(world, { epoch: EPOCH, writer: 'az-b', eligible: null });
  Object.assign(world.servers['az-a'], { readOnly: false, fenceEpoch: EPOCH - 1 });
  Object.assign(world, { executions: {}, traffic: 'az-b' });
};

/** A backup of the table was made while az-a wrote, at epoch 7, with az-b eligible. */
export const saved =
  (begin: (world: World) => void = () => undefined) =>
  (world: World): void => {
    world.savedSeat = world.seat;
    begin(world);
  };

/** After the backup the writer went on alone at epoch 8. */
export const degraded = (world: World): void => {
  setSeat(world, { epoch: EPOCH, eligible: null });
  Object.assign(world.servers['az-a'], { syncName: '', fenceEpoch: EPOCH });
};
