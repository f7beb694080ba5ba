import { emptied, emptying, isBeingEmptied } from '../../../domain/copier/cursor';
import { StaleEpoch } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import { forEachAtMost } from '../side-by-side';
import type { ListedVersion, ListFrom } from '../list-versions';
import { beaconKey, quarantineKeyOf, quarantineOf } from '../own-keys';
import type { ZoneStore } from './zone-stores';

const AT_ONCE = 16;

interface Order {
  readonly writer: ZoneId;
  readonly epoch: number;
  /** What is removed is copied into the control bucket first. */
  readonly keep: boolean;
}

/**
 * Only what was listed while no copier was let in: somebody else with the same order may have ended it, and what came since is
 * wanted. By its version, so that nothing newer goes with it.
 * @throws StaleEpoch
 */
async function removeListed(
  store: ZoneStore,
  { epoch, keep }: Order,
  listed: readonly ListedVersion[],
  deadline: Deadline,
): Promise<void> {
  const { bucket, control, cursor, zone } = store;
  const now = (await cursor.read(deadline)).cursor;
  if (!isBeingEmptied(now, epoch))
    throw new StaleEpoch(
      `the store in ${zone} is not being emptied at epoch ${epoch} any more; read the seat again`,
    );
  await forEachAtMost(AT_ONCE, listed, async ({ key, versionId, isMarker }) => {
    const as = quarantineKeyOf(epoch, key, versionId);
    if (keep && !isMarker) await bucket.copyTo(control.name, { key, versionId, as }, deadline);
    await bucket.remove(key, deadline, versionId);
  });
}

/**
 * Removes all that the copy holds, every version of it, so that the copier brings the whole again. Once an epoch; the same order
 * again goes on, or finds it done. The beacon goes first: it would say that what is going is there.
 * @returns where in the store it is kept; null: nowhere
 */
export async function emptyCopy(store: ZoneStore, order: Order, deadline: Deadline): Promise<string | null> {
  const { bucket, control, cursor } = store;
  const { writer, epoch, keep } = order;
  const begun = await cursor.change(
    (now) => (now.emptiedAt === epoch ? now : emptying(now, writer, epoch)),
    deadline,
  );
  const kept = keep ? `${control.name}/${quarantineOf(epoch)}` : null;
  if (begun.emptiedAt === epoch) return kept;
  const beacons = await bucket.list({ prefix: beaconKey, after: null }, deadline);
  await removeListed(store, { ...order, keep: false }, beacons.versions, deadline);
  for (let after: ListFrom['after'] = null, isLast = false; !isLast;) {
    const page: Awaited<ReturnType<typeof bucket.list>> = await bucket.list({ after }, deadline);
    await removeListed(store, order, page.versions, deadline);
    after = page.next;
    isLast = page.next === null;
  }
  await cursor.change((now) => emptied(now, epoch), deadline);
  return kept;
}
