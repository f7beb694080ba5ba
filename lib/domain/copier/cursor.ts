import { Refused, StaleEpoch } from '../errors';
import type { ZoneId } from '../topology';

export const Side = { writer: 'writer', standby: 'standby' } as const;
export type Side = (typeof Side)[keyof typeof Side];

/** How far copying is, as the copier said last. */
export interface Progress {
  /** The key up to which the sweep under way is done; null: it begins anew. */
  readonly sweepKey: string | null;
  /** Whole sweeps since the direction was turned: the first one has met every key. */
  readonly sweeps: number;
  readonly batches: number;
  readonly objects: number;
  readonly bytes: number;
  readonly quarantined: number;
  /** The newest mark of the source that a sweep began after and brought everything of. */
  readonly drained: string | null;
  /** What was complete was so this long before this was written, ms; null: nothing was yet. */
  readonly levelAgeMs: number | null;
  readonly pendingObjects: number;
  readonly pendingBytes: number;
}

/** One object beside each bucket: under which epoch it is written to, by whom, and how far copying into it is. */
export interface Cursor {
  readonly epoch: number;
  readonly zone: ZoneId;
  readonly side: Side;
  /** Who writes, as far as this side was told. */
  readonly writer: ZoneId;
  /** On the writer's side: the standby that was proven to follow, `az-b-e12`; empty: none. */
  readonly standby: string;
  /** Grows with each turn to the writer's side. */
  readonly timeline: number;
  /** The epoch at which the direction was turned the last time. */
  readonly since: number;
  /** The one copier process that may write here; null: none has come yet. */
  readonly holder: string | null;
  /** On the writer's side: set by whoever waits until all that was written before it has been copied. */
  readonly mark: string | null;
  /** On the standby's side: no copier is let in. */
  readonly isPaused: boolean;
  /** On the standby's side: the epoch at which it was emptied the last time, so that it happens once; 0: never. */
  readonly emptiedAt: number;
  readonly progress: Progress;
}

export const noProgress: Progress = {
  sweepKey: null,
  sweeps: 0,
  batches: 0,
  objects: 0,
  bytes: 0,
  quarantined: 0,
  drained: null,
  levelAgeMs: null,
  pendingObjects: 0,
  pendingBytes: 0,
};

/** @throws StaleEpoch when the cursor has seen a newer one. */
export function raised(cursor: Cursor, epoch: number): Cursor {
  if (epoch >= cursor.epoch) return { ...cursor, epoch };
  throw new StaleEpoch(
    `epoch ${epoch} refused in ${cursor.zone}: epoch ${cursor.epoch} is in force there; read the seat again`,
  );
}

/** This side writes from here on; what is copied into it by others is refused. Twice is as once. */
export function turnedToWriter(cursor: Cursor, epoch: number): Cursor {
  const now = raised(cursor, epoch);
  if (now.side === Side.writer) return now;
  const turned = { side: Side.writer, writer: now.zone, standby: '', timeline: now.timeline + 1 };
  return { ...now, ...turned, since: epoch, holder: null, isPaused: false };
}

/** This side follows `writer` from here on, from the beginning of its list. Twice is as once; a pause ends. */
export function turnedToStandby(cursor: Cursor, writer: ZoneId, epoch: number): Cursor {
  const now = raised(cursor, epoch);
  if (now.side === Side.standby && now.writer === writer) return { ...now, isPaused: false };
  const turned = { side: Side.standby, writer, standby: '', since: epoch, holder: null };
  return { ...now, ...turned, isPaused: false, progress: noProgress };
}

/** No copier is let in from here on; what is here stays. @throws Refused `not-standby` */
export function paused(cursor: Cursor, epoch: number): Cursor {
  const now = raised(cursor, epoch);
  if (now.side === Side.standby) return { ...now, isPaused: true };
  throw new Refused('not-standby', `the store in ${now.zone} writes and follows nobody`, { epoch });
}

/** This side is to be emptied: it follows `writer` from the beginning, and no copier is let in before `emptied`. */
export const emptying = (cursor: Cursor, writer: ZoneId, epoch: number): Cursor => ({
  ...turnedToStandby(cursor, writer, epoch),
  ...{ since: epoch, holder: null, isPaused: true, progress: noProgress },
});

/** Whether what is listed before this was read may be removed: a copier may have been let in since otherwise. */
export const isBeingEmptied = ({ epoch, since, isPaused, emptiedAt }: Cursor, at: number): boolean =>
  epoch === at && since === at && isPaused && emptiedAt !== at;

export const emptied = (cursor: Cursor, epoch: number): Cursor => ({
  ...raised(cursor, epoch),
  ...{ isPaused: false, emptiedAt: epoch },
});

/** Who copies, and under what it was let in. */
export interface CopierTerm {
  readonly from: ZoneId;
  readonly epoch: number;
  readonly holder: string;
}

/** @throws Refused `not-a-standby` when the cursor's side does not follow `from`, `paused` */
function requireDirection({ side, writer, zone, epoch, isPaused }: Cursor, from: ZoneId): void {
  if (side === Side.standby && writer === from && isPaused)
    throw new Refused('paused', `${zone} takes no copies at epoch ${epoch}: it is paused`, { epoch });
  if (side === Side.standby && writer === from) return;
  const what = side === Side.writer ? 'it writes itself' : `it follows ${writer}`;
  throw new Refused('not-a-standby', `${zone} takes no copies from ${from} at epoch ${epoch}: ${what}`, {
    epoch,
    writer,
  });
}

/** A copier that begins takes the place of any before it. @throws Refused `not-a-standby`, `paused` */
export function claimed(cursor: Cursor, from: ZoneId, holder: string): Cursor {
  requireDirection(cursor, from);
  return { ...cursor, holder };
}

/**
 * Before anything is written and again with what is written.
 * @throws Refused `not-a-standby`, `paused`, `superseded`; StaleEpoch: the copier has to be let in anew.
 */
export function requireTerm(cursor: Cursor, { from, epoch, holder }: CopierTerm): void {
  requireDirection(cursor, from);
  if (epoch !== cursor.epoch)
    throw new StaleEpoch(
      `a copy of epoch ${epoch} refused in ${cursor.zone}: epoch ${cursor.epoch} is in force there`,
    );
  if (holder !== cursor.holder)
    throw new Refused(
      'superseded',
      `the copier ${holder} from ${from} was superseded in ${cursor.zone} by ${cursor.holder ?? 'none'}`,
      { epoch },
    );
}

/** What a copier says of itself with each batch, and when there is none. */
export type CopierReport = Pick<
  Progress,
  'sweepKey' | 'sweeps' | 'drained' | 'levelAgeMs' | 'pendingObjects' | 'pendingBytes'
>;

export interface Done {
  readonly batches: number;
  readonly objects: number;
  readonly bytes: number;
  readonly quarantined: number;
}

export const nothingDone: Done = { batches: 0, objects: 0, bytes: 0, quarantined: 0 };

/** @throws as `requireTerm` */
export function reported(cursor: Cursor, term: CopierTerm, report: CopierReport | null, done: Done): Cursor {
  requireTerm(cursor, term);
  const { progress } = cursor;
  const sums = {
    batches: progress.batches + done.batches,
    objects: progress.objects + done.objects,
    bytes: progress.bytes + done.bytes,
    quarantined: progress.quarantined + done.quarantined,
  };
  return { ...cursor, progress: { ...progress, ...report, ...sums } };
}
