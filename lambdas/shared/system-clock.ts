import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../lib/ports/clock';

const RESOLUTION_MS = 10;
const NS_PER_MS = 1_000_000;

/** The process's own clock. Lateness is what the event loop's delay histogram saw beyond its sampling interval. */
export const createSystemClock = (): Clock => {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    monotonicMs: () => performance.now(),
    sleep: (ms) => sleep(ms),
    worstLatenessMs: () => {
      const worstMs = delay.count === 0 ? 0 : delay.max / NS_PER_MS - RESOLUTION_MS;
      delay.reset();
      return Math.max(0, worstMs);
    },
  };
};
