import type { Clock } from '../../lib/ports/clock';

/** Asks until something other than undefined comes back; undefined once the deadline has passed. */
export const pollUntil = async <T>(
  clock: Clock,
  pace: { readonly deadlineMs: number; readonly everyMs: number },
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> => {
  const endMs = clock.monotonicMs() + pace.deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || clock.monotonicMs() >= endMs) return answer;
    await clock.sleep(pace.everyMs);
  }
};
