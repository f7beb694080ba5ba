export interface Spread {
  readonly count: number;
  readonly median: number | null;
  readonly worst: number | null;
}

const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** Median by the usual rule: the middle value, or the mean of the two middle ones. null of nothing. */
const median = (values: readonly number[]): number | null => {
  const sorted = ascending(values);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
};

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Median and worst of what was measured; `count` says of how many. */
export const spreadOf = (values: readonly (number | null)[]): Spread => {
  const measured = values.filter((value) => value !== null);
  return {
    count: measured.length,
    median: median(measured),
    worst: measured.length === 0 ? null : Math.max(...measured),
  };
};

/** Milliseconds as seconds, to the millisecond: more digits would promise more than the clocks hold. */
export const secondsOf = (ms: number): number => Math.round(ms) / 1000;
