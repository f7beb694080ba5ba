import type { Deadline } from '../../lib/asl/ports';

interface Alarm {
  readonly atMs: number;
  readonly ring: () => void;
}

/** Time that stands still until everybody waits, and then goes on to whoever is next. */
export const createVirtualTime = () => {
  let nowMs = 0;
  let alarms: readonly Alarm[] = [];
  const at = (ms: number, ring: () => void): Alarm => {
    const alarm = { atMs: nowMs + ms, ring };
    // Stable: of two at the same instant the one that was set first rings first.
    alarms = [...alarms, alarm].sort((a, b) => a.atMs - b.atMs);
    return alarm;
  };
  const deadline = (ms: number): Deadline => {
    let ring = (): void => undefined;
    const expired = new Promise<void>((resolve) => {
      ring = resolve;
    });
    const alarm = at(ms, () => ring());
    const cancel = (): void => {
      alarms = alarms.filter((one) => one !== alarm);
    };
    return { expired, cancel };
  };
  return {
    nowMs: () => nowMs,
    sleep: (ms: number): Promise<void> => deadline(ms).expired,
    deadline,
    /** Until the work has ended; rejects when it waits for nothing that comes. */
    runUntil: async <T>(work: Promise<T>): Promise<T> => {
      let isOver = false;
      const over = work.finally(() => {
        isOver = true;
      });
      over.catch(() => undefined);
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isOver) return over;
        const [next, ...rest] = alarms;
        if (next === undefined) throw new Error('it waits for ever');
        alarms = rest;
        nowMs = next.atMs;
        next.ring();
      }
    },
  };
};
