/** The state store's time, kept from its answers. */
export interface StoreClock {
  /** Takes the `Date` header of an answer; ignores what is no date. */
  heard(dateHeader: string | undefined): void;
  /** Ms since 1970, or null before the first answer. */
  nowMs(): number | null;
}

/**
 * An answer's `Date` is the store's time cut down to whole seconds and aged by the way back: a lower bound. Each
 * answer gives one, carried on by the local monotonic clock; the highest so far is the estimate. It never runs
 * backwards, is never ahead of the store (but for the drift of the local clock, about 1 s a day), and is within a
 * few ms of it once an answer came right after the store's second had turned; before that it is up to 1 s behind.
 */
export const createStoreClock = (monotonicMs: () => number = () => performance.now()): StoreClock => {
  let offsetMs: number | null = null;
  return {
    heard: (dateHeader) => {
      const storeMs = Date.parse(dateHeader ?? '');
      if (Number.isNaN(storeMs)) return;
      offsetMs = Math.max(offsetMs ?? Number.NEGATIVE_INFINITY, storeMs - monotonicMs());
    },
    nowMs: () => (offsetMs === null ? null : Math.floor(offsetMs + monotonicMs())),
  };
};
