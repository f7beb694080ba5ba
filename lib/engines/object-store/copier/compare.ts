import type { CopiesReport, Difference, UnknownPart } from '../../../domain/consistency/report';
import { addChunk, addNotes, addUnknown, emptyReport } from '../../../domain/consistency/report';
import { DifferenceKind } from '../../../domain/consistency/sighting';
import { EvacError } from '../../../domain/errors';
import type { Store, ZoneId } from '../../../domain/topology';
import type { CopyAudit } from '../../../ports/consistency';
import { startDeadline } from '../../deadline';
import type { Bucket } from '../bucket';
import type { AuditFinding } from './audit';
import { auditCopies, AuditFault } from './audit';

export interface ObjectsAuditOptions {
  /** What the seat calls it. */
  readonly store: Store;
  readonly bucketOf: (zone: ZoneId) => Bucket;
  /** Of a name that people read; it may not be shown. */
  readonly nameKey: (key: string) => string;
}

/** One request, ms: an object is read whole. */
const CALL_MS = 10_000;

const asDifference = ({ key, why }: AuditFinding, name: (key: string) => string): Difference => ({
  item: name(key),
  what: DifferenceKind.different,
  words: why,
});

/** Silence and lag are no difference: a copier that runs brings what is behind. */
const asUnknown = ({ key, why }: AuditFinding, name: (key: string) => string): UnknownPart => ({
  part: name(key),
  why,
});

const NOTES = ['the newest version of each object, its bytes read on both sides; older versions are not'];

/**
 * Two buckets that a copier keeps alike, by the bytes of each object: other bytes under the same version are a difference; what is
 * behind, or cannot be read, is not known.
 */
export const createObjectsAudit = ({ store, bucketOf, nameKey }: ObjectsAuditOptions): CopyAudit => ({
  store,
  audit: async ({ writer, copy }, after, timeoutMs) => {
    const slice = startDeadline(timeoutMs);
    const sides = {
      source: { zone: writer, bucket: bucketOf(writer) },
      target: { zone: copy, bucket: bucketOf(copy) },
    };
    const empty: CopiesReport = emptyReport({ store, writer, copy });
    try {
      const { checked, findings, next } = await auditCopies(
        sides,
        () => startDeadline(Math.max(1, Math.min(CALL_MS, slice.remainingMs()))),
        {
          after: typeof after === 'string' ? after : null,
          isOver: () => slice.remainingMs() < timeoutMs / 2,
        },
      );
      const other = findings.filter(({ fault }) => fault === AuditFault.otherBytes);
      const differences = other.map((finding) => asDifference(finding, nameKey));
      const page = { items: checked, wasLookedAgain: false, itemsLookedAt: 0, differences, unknown: null };
      const compared = addNotes(addChunk(empty, page), NOTES);
      const open = findings.filter(({ fault }) => fault !== AuditFault.otherBytes);
      const report = open
        .map((finding) => asUnknown(finding, nameKey))
        .reduce((sum, part) => addUnknown(sum, part), compared);
      return { report, next };
    } catch (cause) {
      if (!(cause instanceof EvacError)) throw cause;
      return { report: addUnknown(empty, { part: 'everything after that', why: cause.message }), next: null };
    }
  },
  close: async () => undefined,
});
