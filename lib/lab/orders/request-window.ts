import { randomUUID } from 'node:crypto';
import type { Sample } from '../../domain/traffic/judge';

export interface RequestWindowOptions {
  /** Requests at the same time that the API is made for. */
  readonly capacity: number;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

interface Ended {
  /** The place of its beginning among all requests: what tells whether it began after a mark. */
  readonly begun: number;
  readonly tookMs: number;
  readonly isGood: boolean;
  /** Of the capacity, as it began. */
  readonly busyPercent: number;
  readonly endedAtMs: number;
}

/** What is older is nobody's step any more. */
const WINDOW_MS = 600_000;
/** An hour of the lab's load; beyond it the oldest go. */
const MOST = 500_000;

export interface RequestWindow {
  /** Of a client's request; what comes back is called once, at its end. */
  begin(): (isGood: boolean) => void;
  /** From here on; of this process alone. */
  mark(): string;
  /** Of the requests that began after the mark; null: the mark is none of this process. */
  since(mark: string): Sample | null;
}

const percentile99 = (sorted: readonly number[]): number | null =>
  sorted[Math.ceil(sorted.length * 0.99) - 1] ?? null;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const sampleOf = (ended: readonly Ended[]): Sample => ({
  requests: ended.length,
  errors: ended.filter(({ isGood }) => !isGood).length,
  p99Ms: percentile99(ended.map(({ tookMs }) => tookMs).sort((one, other) => one - other)),
  utilisationPercent: mean(ended.map(({ busyPercent }) => busyPercent)),
});

/** Counts an API's requests, so that it can say what those since a mark were like: its own clock and its own count. */
export const createRequestWindow = ({ capacity, nowMs }: RequestWindowOptions): RequestWindow => {
  const now = nowMs ?? (() => performance.now());
  const run = randomUUID();
  let ended: Ended[] = [];
  let begun = 0;
  let inFlight = 0;

  const keep = (request: Ended): void => {
    ended.push(request);
    if (ended.length > MOST) ended = ended.slice(-MOST / 2);
  };

  return {
    begin: () => {
      begun += 1;
      inFlight += 1;
      const mine = { begun, busyPercent: (100 * inFlight) / capacity };
      const startedMs = now();
      let isOver = false;
      return (isGood) => {
        if (isOver) return;
        isOver = true;
        inFlight -= 1;
        const endedAtMs = now();
        keep({ ...mine, isGood, tookMs: endedAtMs - startedMs, endedAtMs });
      };
    },
    mark: () => `${run}.${begun}`,
    since: (mark) => {
      const [of, count] = mark.split('.');
      if (of !== run) return null;
      const oldestMs = now() - WINDOW_MS;
      return sampleOf(ended.filter((each) => each.begun > Number(count) && each.endedAtMs >= oldestMs));
    },
  };
};
