import type { Held, Identity } from '../../domain/copier/version';
import { VersionKind } from '../../domain/copier/version';
import type { ZoneId } from '../../domain/topology';
import type { Deadline } from '../deadline';
import type { Bucket, ObjectHead } from './bucket';

/** What a copy carries of its source, in the object's own metadata. */
export const fields = {
  zone: 'evac-zone',
  version: 'evac-version',
  atMs: 'evac-at',
  epoch: 'evac-epoch',
  kind: 'evac-kind',
} as const;

export interface CopyMark {
  readonly identity: Identity;
  readonly kind: VersionKind;
  readonly atMs: number;
  readonly epoch: number;
}

export const metadataOf = ({ identity, kind, atMs, epoch }: CopyMark): Readonly<Record<string, string>> => ({
  [fields.zone]: identity.zone,
  [fields.version]: identity.versionId,
  [fields.atMs]: String(atMs),
  [fields.epoch]: String(epoch),
  [fields.kind]: kind,
});

/** The workload's own metadata, without ours. */
export const withoutMark = (metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith('evac-')));

/** Null: no copy; it was written here. */
export function markOf(metadata: Readonly<Record<string, string>>): CopyMark | null {
  const { [fields.zone]: zone, [fields.version]: versionId } = metadata;
  if (zone === undefined || versionId === undefined) return null;
  return {
    identity: { zone, versionId },
    kind: metadata[fields.kind] === VersionKind.delete ? VersionKind.delete : VersionKind.put,
    atMs: Number(metadata[fields.atMs]),
    epoch: Number(metadata[fields.epoch]),
  };
}

/** Stands where a deleted object was: as the current object it refuses a late put, which a delete marker would not. */
export const isTombstone = (metadata: Readonly<Record<string, string>>): boolean =>
  markOf(metadata)?.kind === VersionKind.delete;

export function heldOf(zone: ZoneId, head: ObjectHead): Held {
  const mark = markOf(head.metadata);
  const identity = mark?.identity ?? { zone, versionId: head.versionId };
  return {
    identity,
    kind: mark?.kind ?? VersionKind.put,
    etag: head.etag,
    sourceAtMs: mark?.atMs ?? null,
  };
}

/** Behind a delete marker: the marker itself or, when it only settled a tombstone, what that stood for. */
async function heldBehindMarker(
  bucket: Bucket,
  zone: ZoneId,
  key: string,
  deadline: Deadline,
): Promise<Held | null> {
  const { versions } = await bucket.list({ prefix: key, after: null, pageSize: 50 }, deadline);
  const own = versions.filter((version) => version.key === key);
  const [newest] = own;
  if (newest === undefined) return null;
  const before = own.find(({ isMarker }) => !isMarker);
  const head = before === undefined ? null : await bucket.head(key, deadline, before.versionId);
  const tombstone =
    head !== null && head !== 'deleted' && isTombstone(head.metadata) ? heldOf(zone, head) : null;
  const native: Held = {
    identity: { zone, versionId: newest.versionId },
    kind: VersionKind.delete,
    etag: null,
    sourceAtMs: null,
  };
  return tombstone === null ? native : { ...tombstone, etag: null };
}

/** The newest version of a key in one bucket; null: it has none. */
export async function readHeld(
  bucket: Bucket,
  zone: ZoneId,
  key: string,
  deadline: Deadline,
): Promise<Held | null> {
  const head = await bucket.head(key, deadline);
  if (head === null) return null;
  return head === 'deleted' ? heldBehindMarker(bucket, zone, key, deadline) : heldOf(zone, head);
}
