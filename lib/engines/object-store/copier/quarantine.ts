import type { Identity } from '../../../domain/copier/version';
import { isSame } from '../../../domain/copier/version';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Bucket } from '../bucket';
import { heldOf, isTombstone, readHeld } from '../held';
import type { ListedVersion } from '../list-versions';
import { quarantineKeyOf } from '../own-keys';
import type { Quarantined } from './copy-target';

async function ownVersions(
  bucket: Bucket,
  key: string,
  deadline: Deadline,
): Promise<readonly ListedVersion[]> {
  const all: ListedVersion[] = [];
  for (let after: { key: string; versionId?: string | undefined } | null = null; ;) {
    const page = await bucket.list({ prefix: key, after }, deadline);
    const own = page.versions.filter((version) => version.key === key);
    all.push(...own);
    if (page.next === null || own.length < page.versions.length) return all;
    after = page.next;
  }
}

interface Tail {
  readonly versions: readonly ListedVersion[];
  readonly common: Identity | null;
}

/** The target's newest versions down to the first one that the source knows; delete markers have no bytes to keep. */
async function tailOf(
  bucket: Bucket,
  zone: ZoneId,
  { key, known }: { readonly key: string; readonly known: readonly Identity[] },
  deadline: Deadline,
): Promise<Tail> {
  const versions: ListedVersion[] = [];
  for (const version of await ownVersions(bucket, key, deadline)) {
    const head = version.isMarker ? null : await bucket.head(key, deadline, version.versionId);
    const isGone = head === null || head === 'deleted';
    const identity = isGone ? { zone, versionId: version.versionId } : heldOf(zone, head).identity;
    if (known.some((each) => isSame(each, identity))) return { versions, common: identity };
    if (!isGone && !isTombstone(head.metadata)) versions.push(version);
  }
  return { versions, common: null };
}

/**
 * Copies what the target has and the source never had into the control bucket, before anything is put over it. Under the
 * same epoch twice is as once. The versions stay in the bucket's history, too.
 */
export async function quarantine(
  buckets: { readonly bucket: Bucket; readonly control: Bucket; readonly zone: ZoneId },
  what: { readonly key: string; readonly known: readonly Identity[]; readonly epoch: number },
  deadline: Deadline,
): Promise<Quarantined> {
  const { bucket, control, zone } = buckets;
  const { versions, common } = await tailOf(bucket, zone, what, deadline);
  for (const { key, versionId } of versions)
    await bucket.copyTo(
      control.name,
      { key, versionId, as: quarantineKeyOf(what.epoch, key, versionId) },
      deadline,
    );
  return { moved: versions.length, common, held: await readHeld(bucket, zone, what.key, deadline) };
}
