import type { Operation, Seat } from '../../domain/protocol/seat';
import { Phase } from '../../domain/protocol/seat';
import type { ZoneId } from '../../domain/topology';

/** `wait`: what the seat will say is being decided now. */
export const BootDecision = { start: 'start', leave: 'leave', wait: 'wait' } as const;
export type BootDecision = (typeof BootDecision)[keyof typeof BootDecision];

/** While a move is undone the seat may name its target already, and the zone that it goes back to is needed. */
const homeOf = ({ writer, operation }: Pick<Seat, 'writer' | 'operation'>): ZoneId =>
  operation?.phase === Phase.undoing ? operation.from : writer;

const UNDER_FENCE: readonly Phase[] = [Phase.fenced, Phase.switching];

/** Without a synchronous standby to wait for, being down is the whole fence: a start would take it away. */
const isFencedByPower = ({ phase, eligibleBefore, to }: Operation): boolean =>
  UNDER_FENCE.includes(phase) && eligibleBefore !== to;

/**
 * §3b.8: whether a machine that comes up starts its server as it was. Only the seat's writer does, at an epoch that
 * is not older than any the host has seen, and not while an operation relies on its being down.
 */
export const decideBoot = (
  seat: Pick<Seat, 'writer' | 'epoch' | 'operation'>,
  zone: ZoneId,
  seenEpoch: number,
): BootDecision => {
  const { operation, epoch } = seat;
  if (homeOf(seat) !== zone || epoch < seenEpoch) return BootDecision.leave;
  return operation?.from === zone && isFencedByPower(operation) ? BootDecision.wait : BootDecision.start;
};
