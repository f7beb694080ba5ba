import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineExceeded } from '../domain/errors';

/** The one budget of a call, handed down to everything it waits for. */
export interface Deadline {
  readonly totalMs: number;
  /** Never below 0. */
  remainingMs(): number;
  /** A deadline that ends earlier by `ms`, so that a failure can still be cleaned up in time. */
  keeping(ms: number): Deadline;
  /** A deadline that ends in `ms` at the latest, for a part that must not take all the time. */
  atMost(ms: number): Deadline;
}

const endingAt = (endMs: number, totalMs: number): Deadline => ({
  totalMs,
  remainingMs: () => Math.max(0, endMs - performance.now()),
  keeping: (ms) => endingAt(endMs - ms, totalMs - ms),
  atMost: (ms) => endingAt(Math.min(endMs, performance.now() + ms), Math.min(totalMs, ms)),
});

export const startDeadline = (totalMs: number): Deadline => endingAt(performance.now() + totalMs, totalMs);

/**
 * Looks until `look` answers something else than null.
 * @throws DeadlineExceeded naming what was waited for.
 */
export async function pollUntil<T>(
  deadline: Deadline,
  wait: { readonly what: string; readonly everyMs: number },
  look: () => Promise<T | null>,
): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (deadline.remainingMs() <= wait.everyMs)
      throw new DeadlineExceeded(`${wait.what}: not within ${Math.round(deadline.totalMs)} ms`);
    await pause(wait.everyMs);
  }
}
