/** How long one call takes, ms. */
export interface Timing {
  readonly calls: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly worst_ms: number;
}

const microseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/** The nearest-rank percentile: a time that was measured, not one between two. */
const percentile = (ascending: readonly number[], share: number): number =>
  ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;

export const timingOf = (timesMs: readonly number[]): Timing => {
  const ascending = [...timesMs].sort((a, b) => a - b);
  return {
    calls: ascending.length,
    p50_ms: microseconds(percentile(ascending, 0.5)),
    p99_ms: microseconds(percentile(ascending, 0.99)),
    worst_ms: microseconds(percentile(ascending, 1)),
  };
};

/** Each call on its own, after a tenth of them unmeasured. */
export const measure = async (calls: number, act: (call: number) => unknown): Promise<Timing> => {
  const timesMs: number[] = [];
  for (let call = -Math.ceil(calls / 10); call < calls; call += 1) {
    const startedMs = performance.now();
    await act(call);
    if (call >= 0) timesMs.push(performance.now() - startedMs);
  }
  return timingOf(timesMs);
};

/** This process's own CPU a call, ms: what is asked runs in other processes. */
export const cpuOf = async (calls: number, act: () => Promise<unknown>): Promise<number> => {
  for (let call = 0; call < calls / 10; call += 1) await act();
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) await act();
  const { user, system } = process.cpuUsage(before);
  return microseconds((user + system) / 1000 / calls);
};
