import type { ProbeResult, ReplicationView } from '../observation';
import { ProbeState } from '../observation';
import type { Store, ZoneId } from '../topology';
import { distance } from './position';

/** One look at one source: its writer first, then its copy. Null is "not known". */
export interface SyncSample {
  readonly store: Store;
  readonly writer: ZoneId;
  readonly copy: ZoneId;
  readonly runId: string;
  /** Grows by one a look and never goes back, over runs too. */
  readonly round: number;
  /** State store's time, ms since 1970. */
  readonly atMs: number;
  /** At most so many seconds of writes are missing in the copy. */
  readonly lagSeconds: number | null;
  /** In the store's own unit. */
  readonly behind: number | null;
  /** What the copy took in since the look before, in the same unit, a second. */
  readonly perSecond: number | null;
  /** Null: it did not say, or leads a part and follows in another, as a quorum's broker may. */
  readonly follows: boolean | null;
  readonly error: string | null;
  /** Looks in a row that found something failed; one that knew nothing is none. */
  readonly failedInARow: number;
  /** Newest beacon ever seen in this copy: what it lacks is younger. */
  readonly copyBeaconMs: number | null;
  readonly copyPosition: string | null;
}

export interface SyncLook {
  readonly store: Store;
  readonly writer: ZoneId;
  readonly copy: ZoneId;
  readonly runId: string;
  readonly round: number;
  readonly nowMs: number;
  /** On the sampler's own clock, since the look before; null: it was another run's. */
  readonly elapsedMs: number | null;
  readonly writerSeen: ProbeResult;
  readonly copySeen: ProbeResult;
}

type Views = {
  readonly writer: ReplicationView | null;
  readonly copy: ReplicationView | null;
};

const viewIn = ({ state, replication }: ProbeResult): ReplicationView | null =>
  state === ProbeState.ok ? (replication ?? null) : null;

/** The writer was asked first: a copy that has what it had then lacks nothing that is known of. */
const behindOf = (store: Store, { writer, copy }: Views): number | null => {
  const gap = distance(store, copy?.position ?? null, writer?.position ?? null);
  return gap === null ? null : Math.max(0, gap);
};

/**
 * All that the copy lacks was written after its newest beacon, whose time is the state store's: no zone's clock matters, and
 * it is the number that a failover would be refused with (I3). Where the copy has the writer's newest beacon, the
 * store's own word may be nearer.
 */
const lagOf = (
  { writer, copy }: Views,
  { behind, copyBeaconMs, nowMs }: { behind: number | null; copyBeaconMs: number | null; nowMs: number },
): number | null => {
  if (behind === 0) return 0;
  const own = copy?.lagSeconds ?? null;
  if (copyBeaconMs === null) return own;
  const bound = Math.max(0, nowMs - copyBeaconMs) / 1000;
  const hasNewest = writer !== null && writer.beaconAtMs !== null && copyBeaconMs >= writer.beaconAtMs;
  return hasNewest && own !== null ? Math.min(own, bound) : bound;
};

const failureIn = (what: string, zone: ZoneId, { state, reason }: ProbeResult): string | null =>
  state === ProbeState.ok ? null : `the ${what} in ${zone} is ${state}: ${reason ?? 'no reason given'}`;

const errorOf = ({ writer, copy, writerSeen, copySeen }: SyncLook, follows: boolean | null): string | null =>
  failureIn('writer', writer, writerSeen) ??
  failureIn('copy', copy, copySeen) ??
  (follows === false ? `the copy in ${copy} follows nobody` : null);

const failedOf = (look: SyncLook, follows: boolean | null, before: number): number => {
  const states = [look.writerSeen.state, look.copySeen.state];
  if (states.includes(ProbeState.failed) || follows === false) return before + 1;
  return states.includes(ProbeState.unknown) ? before : 0;
};

const speedOf = ({ store, elapsedMs }: SyncLook, from: string | null, to: string | null): number | null => {
  const moved = distance(store, from, to);
  return moved === null || elapsedMs === null || elapsedMs <= 0
    ? null
    : (Math.max(0, moved) * 1000) / elapsedMs;
};

const isSamePair = (look: SyncLook, before: SyncSample): boolean =>
  before.writer === look.writer && before.copy === look.copy;

/** What one look says, with what the one before it knew of the same two zones. */
export const takeSample = (look: SyncLook, before: SyncSample | null): SyncSample => {
  const known = before !== null && isSamePair(look, before) ? before : null;
  const views = { writer: viewIn(look.writerSeen), copy: viewIn(look.copySeen) };
  const behind = behindOf(look.store, views);
  const copyBeaconMs = views.copy?.beaconAtMs ?? known?.copyBeaconMs ?? null;
  const follows =
    views.copy === null || views.copy.role === 'unknown' ? null : views.copy.upstreamHost !== null;
  const copyPosition = views.copy?.position ?? null;
  const { store, writer, copy, runId, round, nowMs } = look;
  return {
    ...{ store, writer, copy, runId, round, atMs: nowMs },
    lagSeconds: lagOf(views, { behind, copyBeaconMs, nowMs }),
    behind,
    perSecond: speedOf(look, known?.copyPosition ?? null, copyPosition),
    follows,
    error: errorOf(look, follows),
    failedInARow: failedOf(look, follows, known?.failedInARow ?? 0),
    copyBeaconMs,
    copyPosition,
  };
};
