/** Time as an effect, so that the core never reads a clock. */
export interface Clock {
  /** Grows steadily, never set; ms. For intervals and freshness. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** How late this process's own timers ran at worst since the last call, ms: a stalled witness cannot judge. */
  worstLatenessMs(): number;
}
