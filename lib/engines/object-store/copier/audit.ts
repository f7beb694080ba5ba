import type { Version } from '../../../domain/copier/version';
import { isSame, VersionKind } from '../../../domain/copier/version';
import { EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Bucket } from '../bucket';
import { sha256Of } from '../bucket';
import { heldOf } from '../held';
import { readHistories, withIdentities } from './histories';
import { mapAtMost } from './side-by-side';

export const AuditFault = {
  /** The target has other bytes than the version it says it is. */
  otherBytes: 'other-bytes',
  /** The store itself cannot give the object out any more. */
  unreadable: 'unreadable',
  /** An older version, or none: a copier that runs brings it. */
  behind: 'behind',
} as const;
export type AuditFault = (typeof AuditFault)[keyof typeof AuditFault];

export interface AuditFinding {
  readonly key: string;
  readonly fault: AuditFault;
  readonly why: string;
}

export interface AuditSides {
  readonly source: { readonly zone: ZoneId; readonly bucket: Bucket };
  readonly target: { readonly zone: ZoneId; readonly bucket: Bucket };
}

const AT_ONCE = 8;

/** Null when the copy is what it should be. */
async function faultOf(
  { source, target }: AuditSides,
  newest: Version,
  deadline: Deadline,
): Promise<Omit<AuditFinding, 'key'> | null> {
  const { key, localId } = newest;
  const copy = await target.bucket.get(key, deadline);
  const held = copy === null ? null : heldOf(target.zone, copy);
  if (newest.kind === VersionKind.delete && held?.kind !== VersionKind.put) return null;
  if (copy === null || held === null || !isSame(held.identity, newest.identity)) {
    const has = held === null ? 'nothing' : `${held.identity.versionId} of ${held.identity.zone}`;
    return { fault: AuditFault.behind, why: `the source's newest is ${localId}, the target has ${has}` };
  }
  const original = await source.bucket.get(key, deadline, localId);
  if (original === null || sha256Of(original.body) === sha256Of(copy.body)) return null;
  const why = `${copy.body.length} bytes of another SHA-256 than the ${original.body.length} of ${localId}`;
  return { fault: AuditFault.otherBytes, why };
}

export interface AuditSlice {
  /** Where the slice before ended; null: it begins with the first key. */
  readonly after: string | null;
  /** No page is begun any more. */
  readonly isOver: () => boolean;
}

export interface Audited {
  readonly checked: number;
  readonly findings: readonly AuditFinding[];
  /** The last key looked at, for the next slice; null: that was all. */
  readonly next: string | null;
}

const WHOLE: AuditSlice = { after: null, isOver: () => false };

/**
 * Reads every current object on both sides, whole, and compares the bytes: what a store says of its own checksums is not
 * believed here. Changes nothing.
 */
export async function auditCopies(
  sides: AuditSides,
  deadlineOf: () => Deadline,
  { after, isOver }: AuditSlice = WHOLE,
): Promise<Audited> {
  const findings: AuditFinding[] = [];
  let checked = 0;
  const audit = async (history: readonly Version[]): Promise<void> => {
    const [newest] = (await withIdentities(sides.source.bucket, history.slice(-1), deadlineOf())).slice(-1);
    if (newest === undefined) return;
    checked += 1;
    try {
      const fault = await faultOf(sides, newest, deadlineOf());
      if (fault !== null) findings.push({ key: newest.key, ...fault });
    } catch (error) {
      if (!(error instanceof EvacError)) throw error;
      findings.push({ key: newest.key, fault: AuditFault.unreadable, why: error.message });
    }
  };
  for await (const page of readHistories(sides.source, after, deadlineOf)) {
    await mapAtMost(AT_ONCE, page, audit);
    const last = page.at(-1)?.at(-1)?.key;
    if (last !== undefined && isOver()) return { checked, findings, next: last };
  }
  return { checked, findings, next: null };
}
