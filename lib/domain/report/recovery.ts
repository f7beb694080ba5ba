import type { Order } from './ledger-event';
import { isGood } from './ledger-event';

/** What "the public path stays good" means, in numbers. */
export interface RecoveryCriterion {
  /** How long every order must succeed at its first attempt, without one exception, to count as recovered. */
  readonly staysGoodMs: number;
  /** A quiet path proves nothing: at least so many orders must have started in that time. */
  readonly minimumOrders: number;
  /** An attempt's own deadline: an order younger than this at the ledger's end has no answer yet. */
  readonly attemptDeadlineMs: number;
}

/** 3 s is twice the median RTO asked for; at 120 orders a second it is 360 orders in a row. */
export const DEFAULT_CRITERION: RecoveryCriterion = {
  staysGoodMs: 3_000,
  minimumOrders: 100,
  attemptDeadlineMs: 400,
};

/** The stretch of the ledger that one fault is judged by. */
export interface Observation {
  readonly orders: readonly Order[];
  readonly faultAtMs: number;
  /** Orders which started later belong to something else (the rollback, the next fault). */
  readonly observedUntilMs: number;
  readonly ledgerEndMs: number;
  readonly criterion: RecoveryCriterion;
}

const hasAnswer = (order: Order, observation: Observation): boolean =>
  order.ackAtMs !== null ||
  order.gaveUp ||
  order.failedAttemptAtMs.length > 0 ||
  observation.ledgerEndMs - order.startedAtMs >= observation.criterion.attemptDeadlineMs;

/** Orders that started in the observed stretch at or after `fromMs` and whose first attempt is decided. */
export const decidedSince = (observation: Observation, fromMs: number): readonly Order[] =>
  observation.orders.filter(
    (order) =>
      order.startedAtMs >= fromMs &&
      order.startedAtMs <= observation.observedUntilMs &&
      hasAnswer(order, observation),
  );

const acksSince = (observation: Observation): readonly number[] =>
  observation.orders
    .flatMap((order) => (order.ackAtMs === null ? [] : [order.ackAtMs]))
    .filter((atMs) => atMs >= observation.faultAtMs && atMs <= observation.observedUntilMs)
    .sort((a, b) => a - b);

/** First index in the ascending `sorted` whose value is at least `value`. */
const lowerBound = (sorted: readonly number[], value: number): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(sorted[middle]) < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** How many of `sorted` lie in [fromMs, untilMs). */
const countBetween = (sorted: readonly number[], fromMs: number, untilMs: number): number =>
  lowerBound(sorted, untilMs) - lowerBound(sorted, fromMs);

/**
 * The instant from which the public path stays good: the earliest acknowledgement t at or after the fault such
 * that every order *started* in [t, t + staysGoodMs) is acknowledged at its first attempt, that whole time was
 * observed, and at least `minimumOrders` started in it. Orders still retrying at t do not count against it (they
 * started before it); a lucky reply shortly after the fault does not count for it (the orders after it fail).
 * null = not shown within what was observed.
 */
export const recoveredAtMs = (observation: Observation): number | null => {
  const decided = decidedSince(observation, observation.faultAtMs);
  const bad = decided.filter((order) => !isGood(order)).map((order) => order.startedAtMs);
  const started = decided.map((order) => order.startedAtMs);
  const { staysGoodMs, minimumOrders } = observation.criterion;
  const staysGoodFrom = (t: number): boolean =>
    t + staysGoodMs <= observation.observedUntilMs &&
    countBetween(bad, t, t + staysGoodMs) === 0 &&
    countBetween(started, t, t + staysGoodMs) >= minimumOrders;
  return acksSince(observation).find(staysGoodFrom) ?? null;
};

/**
 * Longest time without any acknowledgement between the last one before the fault and the recovery (or the end of
 * the observation). null when nothing was acknowledged on one of the two sides: then there is no gap to measure.
 */
export const writeGapMs = (observation: Observation, untilMs: number): number | null => {
  const acks = observation.orders
    .flatMap((order) => (order.ackAtMs === null || order.ackAtMs > untilMs ? [] : [order.ackAtMs]))
    .sort((a, b) => a - b);
  const firstAfter = lowerBound(acks, observation.faultAtMs);
  if (firstAfter === 0 || firstAfter === acks.length) return null;
  const across = acks.slice(firstAfter - 1);
  return across.slice(1).reduce((worst, atMs, i) => Math.max(worst, atMs - Number(across[i])), 0);
};
