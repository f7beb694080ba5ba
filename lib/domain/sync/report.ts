import type { Seat } from '../protocol/seat';
import { placeOf } from '../protocol/seat';
import type { Store, StoreComponent, SyncPolicy, Topology, ZoneId } from '../topology';
import { dataZones, storeComponents } from '../topology';
import { deriveSource } from './derive';
import { sourceHealth, syncHealth } from './health';
import type { SyncSample } from './sample';
import { BEHIND_UNIT, SOURCE_NAME, SourceStatus } from './source';

/** Everything about one source; numbers with their unit in the name, null is "not known". */
export interface SourceReport {
  readonly component: Store;
  readonly status: SourceStatus;
  readonly reason: string;
  readonly writer_az: ZoneId;
  readonly copy_az: ZoneId;
  /** Whether the seat calls the copy a proven one, which a failover may promote. */
  readonly eligible: boolean;
  readonly lag_seconds: number | null;
  readonly max_lag_seconds: number;
  readonly behind: number | null;
  readonly behind_unit: string;
  readonly per_second: number | null;
  readonly health: number;
  readonly error: string | null;
  readonly errors_in_a_row: number;
  readonly held: {
    readonly how: string;
    readonly by: string;
    readonly reason: string;
    readonly since: string;
  } | null;
  readonly sampled_seconds_ago: number | null;
}

/** `evac sync status --json`. */
export interface SyncReport {
  readonly primary_az: ZoneId;
  readonly secondary_az: ZoneId | null;
  /** Of the source that is furthest behind; null as soon as one is not known. */
  readonly total_lag_seconds: number | null;
  readonly sync_health: number;
  readonly source_status: Readonly<Record<string, SourceStatus>>;
  readonly sources: Readonly<Record<string, SourceReport>>;
}

export interface SyncSnapshot {
  readonly topology: Topology;
  readonly seat: Seat;
  readonly samples: readonly SyncSample[];
  readonly nowMs: number;
}

/** Where the file says nothing: PostgreSQL's. */
const DEFAULT_SYNC = { intervalMs: 1_000, maxLagMs: 30_000 };
export const syncOf = ({ sync }: Pick<StoreComponent, 'sync'>): Pick<SyncPolicy, 'intervalMs' | 'maxLagMs'> =>
  sync ?? DEFAULT_SYNC;

/** Samples come at their interval; one that is this late does not come any more, or not soon enough to go by. */
const staleAfterMs = (intervalMs: number): number => Math.max(10_000, 5 * intervalMs);

const otherThan = (topology: Topology, writer: ZoneId): ZoneId | null =>
  dataZones(topology).find((zone) => zone !== writer) ?? null;

/** The zone that holds the copy of what is written in `writer`. */
export const copyZone = (topology: Topology, writer: ZoneId): ZoneId => otherThan(topology, writer) ?? writer;

const sourceReport = (snapshot: SyncSnapshot, component: StoreComponent): SourceReport => {
  const { topology, seat, samples, nowMs } = snapshot;
  const { component: store } = component;
  const { intervalMs, maxLagMs } = syncOf(component);
  const place = placeOf(seat, store);
  const copy = copyZone(topology, place.writer);
  const sample = samples.find((each) => each.store === store) ?? null;
  const { failureThreshold } = topology.policy;
  const { status, reason } = deriveSource({
    ...{ store, place, copy, sample, nowMs, maxLagMs, failureThreshold },
    operation: seat.operation,
    staleAfterMs: staleAfterMs(intervalMs),
  });
  const isKnown = status !== SourceStatus.unknown;
  const lagSeconds = isKnown ? (sample?.lagSeconds ?? null) : null;
  const maxLagSeconds = maxLagMs / 1000;
  return {
    component: store,
    status,
    reason,
    writer_az: place.writer,
    copy_az: copy,
    eligible: place.eligible === copy,
    lag_seconds: lagSeconds,
    max_lag_seconds: maxLagSeconds,
    behind: sample?.behind ?? null,
    behind_unit: BEHIND_UNIT[store],
    per_second: sample?.perSecond ?? null,
    health: sourceHealth(status, { lagSeconds, maxLagSeconds }),
    error: sample?.error ?? null,
    errors_in_a_row: sample?.failedInARow ?? 0,
    held: place.hold
      ? {
          how: place.hold.how,
          by: place.hold.by,
          reason: place.hold.reason,
          since: new Date(place.hold.sinceMs).toISOString(),
        }
      : null,
    sampled_seconds_ago: sample === null ? null : Math.max(0, nowMs - sample.atMs) / 1000,
  };
};

const worst = (lags: readonly (number | null)[]): number | null =>
  lags.reduce((most, lag) => (most === null || lag === null ? null : Math.max(most, lag)), 0);

/** What the newest samples and the seat add up to. Pure: the CLI, the metrics and the waiting all go by it. */
export const syncReport = (snapshot: SyncSnapshot): SyncReport => {
  const { topology, seat } = snapshot;
  const rated = storeComponents(topology).map((component) => ({
    report: sourceReport(snapshot, component),
    weight: component.weight,
  }));
  const reports = rated.map(({ report }) => report);
  const named = <T>(valueOf: (report: SourceReport) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(reports.map((report) => [SOURCE_NAME[report.component], valueOf(report)]));
  return {
    primary_az: seat.writer,
    secondary_az: otherThan(topology, seat.writer),
    total_lag_seconds: worst(reports.map(({ lag_seconds }) => lag_seconds)),
    sync_health: syncHealth(rated.map(({ report: { health }, weight }) => ({ health, weight }))),
    source_status: named(({ status }) => status),
    sources: named((report) => report),
  };
};
