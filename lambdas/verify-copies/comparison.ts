import type { Clock } from '../../lib/ports/clock';
import type { CopyPair, CopyReader } from '../../lib/ports/consistency';

/** One store's two copies, and how long it may take to compare them. */
export interface Comparison {
  readonly reader: CopyReader;
  readonly pair: CopyPair;
  readonly clock: Clock;
  readonly limits: Limits;
}

export interface Limits {
  /** The longest one request may take, ms. */
  readonly requestMs: number;
  /** No page is begun after this, on the clock; the next slice goes on from there. */
  readonly lastBeginMs: number;
  /** Nothing goes on after this, on the clock. */
  readonly endMs: number;
}

export interface TimesOfSlice {
  readonly beginForMs: number;
  readonly endAfterMs: number;
  readonly requestMs: number;
}

export const startLimits = (clock: Clock, times: TimesOfSlice): Limits => {
  const nowMs = clock.monotonicMs();
  return {
    requestMs: times.requestMs,
    lastBeginMs: nowMs + times.beginForMs,
    endMs: nowMs + times.endAfterMs,
  };
};

const remainingMs = ({ clock, limits }: Comparison): number => limits.endMs - clock.monotonicMs();

/** For the next request; at least 1, so that a late one still says that it was too late. */
export const requestMs = (comparison: Comparison): number =>
  Math.max(1, Math.min(comparison.limits.requestMs, remainingMs(comparison)));

export const isOver = (comparison: Comparison): boolean => remainingMs(comparison) <= 0;
