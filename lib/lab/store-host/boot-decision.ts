import type { Operation, Places, Seat } from '../../domain/protocol/seat';
import { Phase, placeOf } from '../../domain/protocol/seat';
import type { Store, ZoneId } from '../../domain/topology';
import { isAsynchronous } from '../../domain/topology';

/** `wait`: what the seat will say is being decided now. */
export const BootDecision = { start: 'start', leave: 'leave', wait: 'wait' } as const;
export type BootDecision = (typeof BootDecision)[keyof typeof BootDecision];

/** What a boot needs to know of the seat. */
export type SeatAtBoot = Places & Pick<Seat, 'epoch' | 'operation'>;

/** While a move is undone the seat may name its target already, and the zone that it goes back to is needed. */
const homeOf = (seat: SeatAtBoot, operation: Operation | null, store: Store): ZoneId =>
  operation?.phase === Phase.undoing ? operation.from : placeOf(seat, store).writer;

const UNDER_FENCE: readonly Phase[] = [Phase.fenced, Phase.switching];

/** Without a synchronous standby to wait for, being down is the whole fence: a start would take it away. */
const isFencedByPower = ({ phase, eligibleBefore, to }: Operation, store: Store): boolean =>
  UNDER_FENCE.includes(phase) && (isAsynchronous(store) || eligibleBefore[store] !== to);

/**
 * §3b.8: whether a machine that comes up starts its server as it was. Only the seat's writer does, at an epoch that
 * is not older than any the host has seen, and not while an operation relies on its being down.
 */
export const decideBoot = (
  seat: SeatAtBoot,
  server: { readonly store: Store; readonly zone: ZoneId },
  seenEpoch: number,
): BootDecision => {
  const { store, zone } = server;
  const operation = seat.operation?.stores.includes(store) === true ? seat.operation : null;
  if (homeOf(seat, operation, store) !== zone || seat.epoch < seenEpoch) return BootDecision.leave;
  return operation?.from === zone && isFencedByPower(operation, store)
    ? BootDecision.wait
    : BootDecision.start;
};
