import type { Component, SideStore, Store, WitnessId, ZoneId } from './topology';
import { Store as S } from './topology';

/** What one probe of one target at one instant says. `unknown` is never read as `failed` (I9). */
export const ProbeState = { ok: 'ok', failed: 'failed', unknown: 'unknown' } as const;
export type ProbeState = (typeof ProbeState)[keyof typeof ProbeState];

export const EngineRole = { primary: 'primary', standby: 'standby', unknown: 'unknown' } as const;
export type EngineRole = (typeof EngineRole)[keyof typeof EngineRole];

/** A standby as its primary sees it. */
export interface StandbyView {
  /** application_name; carries the epoch: `az-b-e12` (§3b.4). */
  readonly name: string;
  readonly state: string;
  readonly syncState: string;
  /** Bytes of WAL the standby has not flushed yet; null when not known. */
  readonly flushLagBytes: number | null;
}

/** What a store says of itself; null is "not known". */
export interface ReplicationView {
  readonly role: EngineRole;
  /** PostgreSQL: an LSN. */
  readonly position: string | null;
  readonly timeline: number | null;
  /** False while the store is fenced or not yet admitted. */
  readonly writable: boolean | null;
  readonly lagSeconds: number | null;
  readonly standbys: readonly StandbyView[];
  /** `synchronous_standby_names` as in force. */
  readonly syncSetting: string | null;
  /** Sessions that wait for the synchronous standby: blocked is not failed (§3b.6). */
  readonly blockedWriters: number | null;
  /** The epoch in the store's fence row. */
  readonly fenceEpoch: number | null;
  /** Newest beacon found here, in the state store's time (ms since 1970). */
  readonly beaconAtMs: number | null;
  /** Standby: the upstream it streams from, when it does. */
  readonly upstreamHost: string | null;
}

export interface ProbeResult {
  readonly state: ProbeState;
  readonly reason: string | null;
  readonly latencyMs: number | null;
  readonly replication?: ReplicationView;
}

/** The agent beside a store, which answers when the machine is up and the store is not; `host` is PostgreSQL's. */
export type HostKind = 'host' | `host-${SideStore}`;
export const hostKindOf = (store: Store): HostKind => (store === S.postgres ? 'host' : `host-${store}`);

/** `peer`: §3b.10. */
export type TargetKind = Component | HostKind | 'peer';

/** One witness's view of one target over its last rounds. */
export interface TargetObservation {
  readonly kind: TargetKind;
  readonly zone: ZoneId;
  readonly latest: ProbeResult;
  readonly consecutiveFailed: number;
  /** The confirming burst after the threshold failed too; reset by any ok. */
  readonly confirmed: boolean;
  /** Oldest first, one letter a round: `o` ok, `f` failed, `u` unknown; at most 60. */
  readonly recent: string;
  /** Median latency over the recent ok rounds; null before the first. */
  readonly baselineLatencyMs: number | null;
  /**
   * Consecutive ok rounds in which the primary's own view showed its synchronous standby gone, or writers waiting
   * for one that flushes nothing (§3b.6); 0 for every other kind of target.
   */
  readonly roundsWithoutStandby: number;
}

export interface Observation {
  readonly witness: WitnessId;
  /** Null for the regional witness. */
  readonly zone: ZoneId | null;
  readonly runId: string;
  /** Grows by one a round and never goes back, over runs too. */
  readonly round: number;
  /** The state store's time when written, ms since 1970. For people; freshness goes by rounds. */
  readonly atMs: number;
  /** How late the witness's own timers ran in this round: a stalled witness cannot judge. */
  readonly stalledMs: number;
  readonly targets: readonly TargetObservation[];
}

export const targetKey = (kind: TargetKind, zone: ZoneId): string => `${kind}@${zone}`;

export const findTarget = (
  observation: Observation,
  kind: TargetKind,
  zone: ZoneId,
): TargetObservation | undefined =>
  observation.targets.find((target) => target.kind === kind && target.zone === zone);
