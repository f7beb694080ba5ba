/**
 * One instant on two clocks. `monoMs` is CLOCK_MONOTONIC: the same for all processes of one machine (network
 * namespaces do not change it), and it never steps; `atMs` is the wall clock, for people.
 */
export interface Instant {
  readonly atMs: number;
  readonly monoMs: number;
}

const NANOSECONDS_PER_MS = 1e6;

export const instantNow = (): Instant => ({
  atMs: Date.now(),
  monoMs: Number(process.hrtime.bigint()) / NANOSECONDS_PER_MS,
});
