import type { CopierTerm } from '../../../domain/copier/cursor';
import type { Version } from '../../../domain/copier/version';
import { beaconKey } from '../own-keys';
import type { CopierWork } from './copier-work';
import type { Copy } from './copy-target';
import { copyOf } from './read-copy';

/** The source's beacon as it is before a sweep begins to list. Null: there is none yet. */
export async function readBeaconCopy({ options, deadlineOf }: CopierWork): Promise<Copy | null> {
  const { bucket, zone } = options.source;
  const object = await bucket.get(beaconKey, deadlineOf());
  if (object === null) return null;
  const { versionId, bytes, atMs } = object;
  const identity = { zone, versionId };
  const version: Version = { key: beaconKey, localId: versionId, identity, kind: 'put', bytes, atMs };
  return copyOf(bucket.name, version, { after: null, object });
}

/**
 * The beacon goes last: it says that everything that was acknowledged before it is there. So the one that was read before a
 * sweep is brought when nothing of that sweep waits any more; in the order of keys it would overtake what waits behind it.
 */
export async function deliverBeacon(work: CopierWork, term: CopierTerm): Promise<void> {
  const { options, level, deadlineOf } = work;
  const beacon = level.at()?.beacon ?? null;
  if (beacon === null || beacon === work.brought.beacon) return;
  const [held] = await options.target.held(term, [beaconKey], deadlineOf());
  const copies = [{ ...beacon, after: held?.etag ?? null }];
  const [outcome] = await options.target.deliver(term, { copies, report: null }, deadlineOf());
  // One that did not get in is followed by the next sweep's.
  if (outcome?.kind === 'copied') work.brought.beacon = beacon;
}
