import type { Held } from '../../../domain/copier/version';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Bucket } from '../bucket';
import { isTombstone, readHeld } from '../held';

export interface SettleContext {
  readonly bucket: Bucket;
  readonly zone: ZoneId;
}

/**
 * The marker stands right on a tombstone, as it must. What came between the look and the marker is not Evac's to delete: then
 * the marker is taken away again.
 */
async function requireOnTombstone({ bucket }: SettleContext, key: string, deadline: Deadline): Promise<void> {
  const { versions } = await bucket.list({ prefix: key, after: null, pageSize: 10 }, deadline);
  const [marker, below] = versions.filter((version) => version.key === key);
  if (marker?.isMarker !== true || below === undefined) return;
  const head = below.isMarker ? null : await bucket.head(key, deadline, below.versionId);
  if (head !== null && head !== 'deleted' && isTombstone(head.metadata)) return;
  await bucket.remove(key, deadline, marker.versionId);
}

/**
 * A tombstone that no late put can come to any more becomes a delete marker, so that every client finds the object deleted:
 * S3 refuses what was signed more than 15 minutes ago. Answers what is held of the key after it.
 */
export async function settleTombstone(
  context: SettleContext,
  { key, olderThanMs }: { readonly key: string; readonly olderThanMs: number },
  deadline: Deadline,
): Promise<Held | null> {
  const { bucket, zone } = context;
  const head = await bucket.head(key, deadline);
  const isDue =
    head !== null && head !== 'deleted' && isTombstone(head.metadata) && Date.now() - head.atMs > olderThanMs;
  if (isDue) {
    await bucket.remove(key, deadline);
    await requireOnTombstone(context, key, deadline);
  }
  return readHeld(bucket, zone, key, deadline);
}
