import type { CopierReport, CopierTerm, Done } from '../../../domain/copier/cursor';
import { claimed, nothingDone, reported, requireTerm } from '../../../domain/copier/cursor';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Bucket } from '../bucket';
import type { CursorObject } from '../cursor-object';
import { readHeld } from '../held';
import { applyCopies } from './apply-copies';
import type { Copy, CopyOutcome, CopyTarget } from './copy-target';
import { quarantine } from './quarantine';
import { settleTombstone } from './settle-tombstones';
import { mapAtMost } from '../side-by-side';

export interface LocalTargetOptions {
  readonly zone: ZoneId;
  readonly bucket: Bucket;
  readonly control: Bucket;
  readonly cursor: CursorObject;
}

const ASK_AT_ONCE = 16;

const doneOf = (copies: readonly Copy[], outcomes: readonly CopyOutcome[]): Done => {
  const copied = copies.filter((_, index) => outcomes[index]?.kind === 'copied');
  const bytes = copied.reduce((sum, { body }) => sum + body.length, 0);
  return { batches: 1, objects: copied.length, bytes, quarantined: 0 };
};

/**
 * The side that is copied to, in the zone of its store. The cursor is read before anything is written, and what was done
 * is written on condition that it is still the one that was read.
 */
export function createLocalTarget({ zone, bucket, control, cursor }: LocalTargetOptions): CopyTarget {
  const underTerm = async (term: CopierTerm, deadline: Deadline): Promise<void> =>
    requireTerm((await cursor.read(deadline)).cursor, term);
  const record = async (
    term: CopierTerm,
    { report, done }: { readonly report: CopierReport | null; readonly done: Done },
    deadline: Deadline,
  ): Promise<void> => {
    await cursor.change((current) => reported(current, term, report, done), deadline);
  };
  return {
    claim: (from, holder, deadline) => cursor.change((current) => claimed(current, from, holder), deadline),
    held: async (term, keys, deadline) => {
      await underTerm(term, deadline);
      return mapAtMost(ASK_AT_ONCE, keys, (key) => readHeld(bucket, zone, key, deadline));
    },
    keys: async (term, after, deadline) => {
      await underTerm(term, deadline);
      const page = await bucket.list({ after: after === null ? null : { key: after } }, deadline);
      const keys = [...new Set(page.versions.map(({ key }) => key))];
      return { keys, isLast: page.next === null };
    },
    quarantine: async (term, key, known, deadline) => {
      await underTerm(term, deadline);
      const found = await quarantine({ bucket, control, zone }, { key, known, epoch: term.epoch }, deadline);
      await record(term, { report: null, done: { ...nothingDone, quarantined: found.moved } }, deadline);
      return found;
    },
    deliver: async (term, { copies, report }, deadline) => {
      await underTerm(term, deadline);
      const outcomes = await applyCopies(bucket, term, copies, deadline);
      await record(term, { report, done: doneOf(copies, outcomes) }, deadline);
      return outcomes;
    },
    settle: async (term, { keys, olderThanMs }, deadline) => {
      await underTerm(term, deadline);
      return mapAtMost(ASK_AT_ONCE, keys, (key) =>
        settleTombstone({ bucket, zone }, { key, olderThanMs }, deadline),
      );
    },
    report: (term, report, deadline) => record(term, { report, done: nothingDone }, deadline),
  };
}
