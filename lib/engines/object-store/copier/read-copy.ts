import type { Version } from '../../../domain/copier/version';
import { VersionKind } from '../../../domain/copier/version';
import { EvacError } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import type { Bucket, StoredObject } from '../bucket';
import { sha256Of } from '../bucket';
import { markOf, withoutMark } from '../held';
import type { Copy } from './copy-target';

const nothing = Buffer.alloc(0);

/** Of what no bytes travel: a delete marker, or that a key of the target's is not in the source at all. */
export const deletion = (version: Version, after: string | null): Copy => ({
  version: { ...version, kind: VersionKind.delete, bytes: 0 },
  after,
  attributes: {},
  metadata: {},
  sha256: sha256Of(nothing),
  body: nothing,
});

/**
 * One version with its bytes, compared with the checksum that the source's store keeps of it. Null: it is not there any
 * more, its lifecycle or somebody has removed it since it was listed.
 * @throws EvacError when the source's own copy is damaged: that is never copied over a good one.
 */
export async function readCopy(
  source: Bucket,
  version: Version,
  after: string | null,
  deadline: Deadline,
): Promise<Copy | null> {
  if (version.kind === VersionKind.delete) return deletion(version, after);
  const object = await source.get(version.key, deadline, version.localId);
  return object === null ? null : copyOf(source.name, version, { after, object });
}

/** @throws EvacError when the bytes are not those that the store's checksum is of. */
export function copyOf(
  bucket: string,
  version: Version,
  { after, object }: { readonly after: string | null; readonly object: StoredObject },
): Copy {
  const { body, metadata, attributes } = object;
  const sha256 = sha256Of(body);
  if (object.sha256 !== null && object.sha256 !== sha256)
    throw new EvacError(`${version.key} (${version.localId}) is damaged in ${bucket}: not copied`);
  const mark = markOf(metadata);
  const first =
    mark === null ? version : { ...version, identity: mark.identity, kind: mark.kind, atMs: mark.atMs };
  if (first.kind === VersionKind.delete) return deletion(first, after);
  return { version: first, after, attributes, metadata: withoutMark(metadata), sha256, body };
}
