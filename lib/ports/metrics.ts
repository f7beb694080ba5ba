import type { Metric } from '../contract/metrics';

export interface MetricDatum {
  readonly metric: Metric;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Fire and forget with a deadline: a metric that cannot be put is logged and never stops a decision. */
export interface Metrics {
  put(data: readonly MetricDatum[]): Promise<void>;
}
