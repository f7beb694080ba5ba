import type { Operation, Outcome, Seat } from '../../lib/domain/protocol/seat';
import { NOW_MS, POLICY } from '../domain/decision/world';

/** Seats as small numbers. What no guard and no invariant reads is put to one value first. */

export const COOLDOWN_UNTIL_MS = NOW_MS + POLICY.cooldownMs;

const seats: Seat[] = [];
const ids = new Map<string, number>();

// Times of the store only delay (backoff) or are asked for by name (stuck): the explorer plays both itself.
const plainOperation = (operation: Operation): Operation => ({
  ...operation,
  reason: '',
  claimedAtMs: NOW_MS,
  progressAtMs: NOW_MS,
});

const plainOutcome = ({ epoch, result }: Outcome): Outcome => ({
  epoch,
  kind: 'failover',
  stores: ['postgres'],
  result,
  from: 'az-a',
  to: 'az-b',
  reason: '',
  atMs: 0,
});

const plainSeat = (seat: Seat): Seat => ({
  ...seat,
  nonce: '',
  cooldownUntilMs: seat.cooldownUntilMs > NOW_MS ? COOLDOWN_UNTIL_MS : 0,
  operation: seat.operation === null ? null : plainOperation(seat.operation),
  lastOutcome: seat.lastOutcome === null ? null : plainOutcome(seat.lastOutcome),
});

export const seatIdOf = (seat: Seat): number => {
  const plain = plainSeat(seat);
  const key = JSON.stringify(plain);
  const known = ids.get(key);
  if (known !== undefined) return known;
  ids.set(key, seats.length);
  seats.push(plain);
  return seats.length - 1;
};

/** Every seat that some state has had, in this process. */
export const seatsSeen = (): readonly Seat[] => seats;

export const seatOfId = (id: number): Seat => {
  const seat = seats[id];
  if (seat === undefined) throw new Error(`there is no seat ${id}`);
  return seat;
};
