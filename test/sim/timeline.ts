/** What was planned; `cancel` takes it back. */
export interface Planned {
  cancel(): void;
}

/** Virtual time: one queue of events, by their instant and then by the order in which they were planned. */
export interface Timeline {
  /** Ms since the simulation began. */
  nowMs(): number;
  after(ms: number, run: () => void): Planned;
  /** Somebody's promise was settled: what waits for it runs before the next event. */
  touched(): void;
  /** Plays events until `untilMs`, or until `isOver` says so; it is asked after each event. */
  play(untilMs: number, isOver: () => boolean): Promise<void>;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | null;
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

const pushInto = (heap: Event[], event: Event): void => {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Event;
    if (isBefore(above, event)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
};

const popFrom = (heap: Event[]): Event | undefined => {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right] as Event, heap[left] as Event) ? right : left;
    if (isBefore(last, heap[child] as Event)) break;
    heap[index] = heap[child] as Event;
    index = child;
  }
  heap[index] = last;
  return top;
};

/** A turn of the real event loop ends only when no promise can go on any more; nothing else of it is used. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const createTimeline = (): Timeline => {
  const heap: Event[] = [];
  let nowMs = 0;
  let order = 0;
  let isTouched = true;
  return {
    nowMs: () => nowMs,
    after: (ms, run) => {
      const event: Event = { atMs: nowMs + Math.max(0, ms), order: (order += 1), run };
      pushInto(heap, event);
      return { cancel: () => void (event.run = null) };
    },
    touched: () => void (isTouched = true),
    play: async (untilMs, isOver) => {
      for (;;) {
        if (isTouched) await settled();
        isTouched = false;
        if (isOver()) return;
        const next = heap[0];
        if (next === undefined || next.atMs > untilMs) return;
        popFrom(heap);
        if (next.run === null) continue;
        nowMs = next.atMs;
        next.run();
      }
    },
  };
};
