import { setTimeout as pause } from 'node:timers/promises';

export interface OpenLoop {
  /** Starts nothing more, and resolves when all that was started has ended. */
  drain(): Promise<void>;
  outstanding(): number;
  started(): number;
}

/**
 * Starts `work` every 1 / rate seconds, no matter how many are still under way: load that waits for its answers
 * would fall silent in an outage and measure too little. What a late timer missed is started at once.
 * `work` never rejects: it tells the ledger.
 */
export const startOpenLoop = (ratePerSecond: number, work: () => Promise<void>): OpenLoop => {
  const intervalMs = 1_000 / ratePerSecond;
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  const beganMs = performance.now();
  let started = 0;

  const startOne = (): void => {
    started += 1;
    const one = work().finally(() => underWay.delete(one));
    underWay.add(one);
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const due = Math.floor((performance.now() - beganMs) / intervalMs) + 1;
      while (started < due) startOne();
      const nextMs = beganMs + started * intervalMs - performance.now();
      await pause(Math.max(1, nextMs), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = run();
  return {
    drain: async () => {
      stopping.abort();
      await ended;
      await Promise.all(underWay);
    },
    outstanding: () => underWay.size,
    started: () => started,
  };
};
