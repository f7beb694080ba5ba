import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../lib/ports/clock';

const TICK_MS = 10;

/**
 * The process's own clock. Lateness is how much later than due a tick ran at worst, and how long the next one is
 * overdue; watched from the first time it is asked for, since most Lambdas never ask. Not `monitorEventLoopDelay`: after a reset it leaves out the first tick, and so the stall that begins in
 * a round.
 */
export const createSystemClock = (): Clock => {
  let worstMs = 0;
  let tickedAtMs: number | null = null;
  const tick = (): void => {
    const nowMs = performance.now();
    worstMs = Math.max(worstMs, nowMs - (tickedAtMs ?? nowMs) - TICK_MS);
    tickedAtMs = nowMs;
  };
  return {
    monotonicMs: () => performance.now(),
    sleep: (ms) => sleep(ms),
    worstLatenessMs: () => {
      if (tickedAtMs === null) setInterval(tick, TICK_MS).unref();
      tick();
      const seenMs = worstMs;
      worstMs = 0;
      return seenMs;
    },
  };
};
