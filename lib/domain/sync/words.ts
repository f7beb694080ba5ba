import type { SourceReport, SyncReport } from './report';

const shown = (value: number | null, unit: string): string =>
  value === null ? 'unknown' : `${Math.round(value * 10) / 10} ${unit}`;

const line = ([name, source]: readonly [string, SourceReport]): string => {
  const { status, lag_seconds, behind, behind_unit, per_second, health, reason } = source;
  const cells = [
    name.padEnd(11),
    status.padEnd(9),
    `lag ${shown(lag_seconds, 's')}`.padEnd(13),
    `behind ${shown(behind, behind_unit)}`.padEnd(24),
    `${shown(per_second, `${behind_unit}/s`)}`.padEnd(18),
    `health ${health}`.padEnd(11),
    reason,
  ];
  return `  ${cells.join(' ')}`;
};

/** What a person reads: where to, how far behind in all, then each source with why it is called what it is. */
export const syncText = (report: SyncReport): string =>
  [
    `sync ${report.primary_az} -> ${report.secondary_az ?? 'nowhere'}   lag ${shown(report.total_lag_seconds, 's')}   health ${report.sync_health}`,
    ...Object.entries(report.sources).map(line),
  ].join('\n');
