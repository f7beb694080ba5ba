import type { ProbeResult, ReplicationView, StandbyView, TargetObservation } from '../observation';
import { EngineRole, ProbeState } from '../observation';

/** PostgreSQL prints an LSN as two hexadecimal halves of 32 bits; exact as a number up to 9 PB of WAL. */
const lsnBytes = (lsn: string): number | null => {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(lsn) ?? [];
  if (high === undefined || low === undefined) return null;
  return Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);
};

interface Position {
  /** Bytes of two histories do not compare. */
  readonly history: string;
  readonly bytes: number;
}

/** PostgreSQL: an LSN; its history is the timeline, which changes with the writer. Redis: `<replication id>:<offset>`. */
const positionIn = (text: string): Position | null => {
  const bytes = lsnBytes(text);
  if (bytes !== null) return { history: '', bytes };
  const [, history, offset] = /^([0-9a-f]{40}):(\d{1,16})$/.exec(text) ?? [];
  return history === undefined ? null : { history, bytes: Number(offset) };
};

const isSynchronous = (standby: StandbyView): boolean =>
  standby.state === 'streaming' && ['sync', 'quorum'].includes(standby.syncState);

/** How far the standby that is furthest has flushed; null when not known. */
const flushedIn = (view: ReplicationView): Position | null => {
  const position = view.position === null ? null : positionIn(view.position);
  const lags = view.standbys.filter(isSynchronous).flatMap(({ flushLagBytes }) => flushLagBytes ?? []);
  if (position === null || lags.length === 0) return null;
  return { ...position, bytes: position.bytes - Math.min(...lags) };
};

const hasWaiting = ({ blockedWriters }: ReplicationView): boolean => (blockedWriters ?? 0) > 0;

/**
 * Writers wait and the standby has flushed nothing since the round before. Waiting alone is normal: under load
 * there is always somebody between his commit and the standby's answer.
 */
const isStuck = (previous: ReplicationView | undefined, current: ReplicationView): boolean => {
  if (previous === undefined || !hasWaiting(previous) || !hasWaiting(current)) return false;
  const before = flushedIn(previous);
  const now = flushedIn(current);
  return before !== null && now?.history === before.history && now.bytes <= before.bytes;
};

/** A primary that is set to wait for a standby, and has none that answers. */
const lacksStandby = (previous: ReplicationView | undefined, current: ReplicationView): boolean =>
  current.role === EngineRole.primary &&
  (current.syncSetting ?? '') !== '' &&
  (!current.standbys.some(isSynchronous) || isStuck(previous, current));

/**
 * Rounds in a row in which the primary itself shows its synchronous standby gone or stuck. A failed round starts
 * anew: a primary that is not seen alive must not be told to go on alone (§3b.5). An unknown one says nothing.
 */
export const countWithoutStandby = (previous: TargetObservation | undefined, result: ProbeResult): number => {
  const before = previous?.roundsWithoutStandby ?? 0;
  if (result.state === ProbeState.unknown) return before;
  if (result.state === ProbeState.failed || result.replication === undefined) return 0;
  return lacksStandby(previous?.latest.replication, result.replication) ? before + 1 : 0;
};
