export interface MetricDatum {
  /** A name of lib/contract's `Metric`. */
  readonly metric: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
  /** When it was so, ms since 1970; absent: now. */
  readonly atMs?: number;
}

/** Fire and forget with a deadline: a metric that cannot be put is logged and never stops a decision. */
export interface Metrics {
  put(data: readonly MetricDatum[]): Promise<void>;
}
