import { StaleEpoch } from '../../../lib/domain/errors';
import { emptying, emptied } from '../../../lib/domain/copier/cursor';
import type { Bucket } from '../../../lib/engines/object-store/bucket';
import { beaconKey } from '../../../lib/engines/object-store/own-keys';
import { emptyCopy } from '../../../lib/engines/object-store/replicated/empty-copy';
import { waitUntil } from '../../../lib/lab/wait-until';
import { deadline, startQuickCopier } from './copiers';
import type { RealStores } from './real-stores';
import { startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(60_000);

let stores: RealStores;
beforeEach(async () => {
  stores = await startRealStores();
});
afterEach(() => stores.close());

const versionsOf = async ({ list }: Bucket): Promise<readonly string[]> =>
  (await list({ after: null }, deadline())).versions.map(({ key, versionId }) => `${key} ${versionId}`);

const copied = async (keys: readonly string[]) => {
  for (const key of keys)
    await stores.asWorkload.at(zoneA).bucket.put(key, Buffer.from(`text of ${key}`), {}, deadline());
  const copier = startQuickCopier(stores, zoneA, zoneB);
  const { bucket } = stores.stores.at(zoneB);
  const untilThere = (): Promise<void> =>
    waitUntil({ what: 'the copies', timeoutMs: 10_000, everyMs: 30 }, async () => {
      const copies = await Promise.all(keys.map((key) => bucket.get(key, deadline())));
      return copies.every((copy) => copy !== null);
    });
  await untilThere();
  return { copier, untilThere };
};

const effect = (epoch: number) => ({ epoch, deadlineMs: 20_000 });

describe('a copy that is made anew', () => {
  it('keeps what it had when it is told to, the beacon never; the same order again removes nothing', async () => {
    await stores.engine.beacon(zoneA, 5_000, 2_000);
    const { copier, untilThere } = await copied(['a', 'b']);
    const { bucket, control } = stores.stores.at(zoneB);
    await bucket.put('stray', Buffer.from('of nobody'), {}, deadline());
    await copier.stop();
    const order = { keep: true };
    const first = await stores.engine.rejoin(zoneB, zoneA, effect(3), order);
    expect(first).toEqual({ how: 'recloned', kept: 'orders-evac/quarantine/e3' });
    expect(await versionsOf(bucket)).toEqual([]);
    const kept = (await versionsOf(control)).filter((line) => line.startsWith('quarantine/e3/'));
    expect(kept.map((line) => line.split('/')[2]).toSorted()).toEqual(['a', 'b', 'stray']);
    const next = startQuickCopier(stores, zoneA, zoneB);
    await untilThere();
    await next.stop();
    const before = await versionsOf(bucket);
    expect(before.filter((line) => !line.startsWith(beaconKey))).toHaveLength(2);
    expect(await stores.engine.rejoin(zoneB, zoneA, effect(3), order)).toEqual(first);
    expect(await versionsOf(bucket)).toEqual(before);
  });

  it('loses nothing that came after somebody else had ended the same order', async () => {
    const { copier, untilThere } = await copied(['a']);
    await copier.stop();
    const store = stores.stores.at(zoneB);
    await store.cursor.change((now) => emptying(now, zoneA, 3), deadline());
    let isOutrun = false;
    // Between its list and its removals the other ends, and a copier is let in.
    const late: Bucket = {
      ...store.bucket,
      list: async (from, within) => {
        if (from.prefix === undefined && !isOutrun) {
          isOutrun = true;
          await store.cursor.change((now) => emptied(now, 3), deadline());
          const next = startQuickCopier(stores, zoneA, zoneB);
          await untilThere();
          await next.stop();
        }
        return store.bucket.list(from, within);
      },
    };
    const order = { writer: zoneA, epoch: 3, keep: false };
    await expect(emptyCopy({ ...store, bucket: late }, order, deadline())).rejects.toThrow(StaleEpoch);
    expect(isOutrun).toBe(true);
    expect(await store.bucket.get('a', deadline())).not.toBeNull();
  });

  it('is refused where the store writes; a pause and a stop where nobody can end the store are one thing', async () => {
    await expect(stores.engine.rejoin(zoneA, zoneA, effect(3), { keep: false })).rejects.toThrow('itself');
    const { createReplicatedObjects } =
      await import('../../../lib/engines/object-store/replicated/replicated-objects');
    const options = { access: stores.accessOf(zoneB, 'evac'), gate: null };
    const alone = createReplicatedObjects(
      { [zoneA]: { access: stores.accessOf(zoneA, 'evac'), gate: null }, [zoneB]: options },
      null,
    );
    await alone.copyControl?.stop(zoneB, effect(3));
    expect((await stores.stores.at(zoneB).cursor.read(deadline())).cursor).toMatchObject({
      isPaused: true,
      epoch: 3,
    });
    expect(await stores.control.status(zoneB, 2_000)).toMatchObject({ engine: 'running' });
    await alone.close();
  });
});
