import type { Metric as MetricName } from '../../lib/contract/metrics';
import { Metric } from '../../lib/contract/metrics';
import type { SourceReport, SyncSnapshot } from '../../lib/domain/sync/report';
import { syncReport } from '../../lib/domain/sync/report';
import { SourceStatus } from '../../lib/domain/sync/source';
import type { MetricDatum } from '../../lib/ports/metrics';

const UNWELL: readonly SourceStatus[] = [SourceStatus.failed, SourceStatus.lagging];

/** What is not known is null, and not put. */
const valuesOf = (source: SourceReport): readonly (readonly [MetricName, number | null])[] => {
  const { status, lag_seconds, behind, per_second, errors_in_a_row, held } = source;
  const isUnwell = UNWELL.includes(status) ? 1 : 0;
  return [
    [Metric.syncLagSeconds, lag_seconds],
    [Metric.syncBehind, behind],
    [Metric.syncPerSecond, per_second],
    [Metric.syncErrors, errors_in_a_row],
    [Metric.syncHeld, held === null ? 0 : 1],
    [Metric.syncUnwell, status === SourceStatus.unknown ? null : isUnwell],
  ];
};

/** One second's values of every source, each with the state store's time. */
export const syncMetrics = (snapshot: SyncSnapshot): readonly MetricDatum[] => {
  const { topology, nowMs: atMs } = snapshot;
  const { sources, sync_health: health } = syncReport(snapshot);
  const Workload = topology.workload;
  return [
    ...Object.values(sources).flatMap((source) =>
      valuesOf(source).flatMap(([metric, value]): readonly MetricDatum[] =>
        value === null
          ? []
          : [{ metric, value, atMs, dimensions: { Workload, Component: source.component } }],
      ),
    ),
    { metric: Metric.syncHealth, value: health, atMs, dimensions: { Workload } },
  ];
};
