import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ZoneId } from '../../../lib/domain/topology';
import { Refused, StaleEpoch, Unreachable } from '../../../lib/domain/errors';
import type { CopyOutcome, CopyTarget } from '../../../lib/engines/object-store/copier/copy-target';
import { createHopClient } from '../../../lib/engines/object-store/copier/hop-client';
import { createHopServer } from '../../../lib/engines/object-store/copier/hop-server';
import { createLocalTarget } from '../../../lib/engines/object-store/copier/local-target';
import { deletion, readCopy } from '../../../lib/engines/object-store/copier/read-copy';
import { quarantineKeyOf } from '../../../lib/engines/object-store/own-keys';
import { settleTombstone } from '../../../lib/engines/object-store/copier/settle-tombstones';
import type { Bucket } from '../../../lib/engines/object-store/bucket';
import { isTombstone, markOf } from '../../../lib/engines/object-store/held';
import { createMultiPathReader } from '../../../lib/engines/object-store/multi-path-reader';
import type { Version } from '../../../lib/domain/copier/version';
import { waitUntil } from '../../../lib/lab/wait-until';
import { deadline, startQuickCopier, waitWhole } from './copiers';
import type { RealStores } from './real-stores';
import { startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(60_000);

let stores: RealStores;
beforeEach(async () => {
  stores = await startRealStores();
});
afterEach(() => stores.close());

const effect = (epoch: number, deadlineMs = 15_000) => ({ epoch, deadlineMs });
const put = async (zone: ZoneId, key: string, text: string) =>
  stores.asWorkload.at(zone).bucket.put(key, Buffer.from(text), {}, deadline());
const remove = (zone: ZoneId, key: string) => stores.asWorkload.at(zone).bucket.remove(key, deadline());
const level = async (epoch = 1) =>
  expect(await stores.engine.waitUntilLevel(zoneA, zoneB, effect(epoch))).toMatchObject({ level: true });

/** A key's versions in one zone, oldest first: what each holds, `-` for a tombstone, `x` for a delete marker. */
async function textsIn(zone: ZoneId, key: string): Promise<readonly string[]> {
  const { bucket } = stores.stores.at(zone);
  const { versions } = await bucket.list({ prefix: key, after: null }, deadline());
  const own = versions.filter((version) => version.key === key).toReversed();
  return Promise.all(
    own.map(async ({ versionId, isMarker }) => {
      if (isMarker) return 'x';
      const object = await bucket.get(key, deadline(), versionId);
      return object !== null && isTombstone(object.metadata) ? '-' : String(object?.body);
    }),
  );
}
const firstVersion = async (zone: ZoneId, key: string): Promise<Version> => {
  const { versions } = await stores.stores.at(zone).bucket.list({ prefix: key, after: null }, deadline());
  const oldest = versions.at(-1);
  if (oldest === undefined) throw new Error(`${key} is not in ${zone}`);
  const { versionId, bytes, atMs } = oldest;
  return { key, localId: versionId, identity: { zone, versionId }, kind: 'put', bytes, atMs };
};

describe('a copy', () => {
  it('has every version in order, deletes as tombstones, and all that belongs to the object', async () => {
    const { bucket } = stores.asWorkload.at(zoneA);
    const attributes = { ContentType: 'application/json', CacheControl: 'no-store' };
    await bucket.put('r/1', Buffer.from('{}'), { attributes, metadata: { client: 'c1' } }, deadline());
    for (const text of ['two', 'two', 'three']) await put(zoneA, 'r/2', text);
    await remove(zoneA, 'r/2');
    await remove(zoneA, 'r/2');
    await put(zoneA, 'r/2', 'four');
    await put(zoneA, 'r/3', 'gone');
    await remove(zoneA, 'r/3');
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await level();
    await copier.stop();
    expect(await textsIn(zoneB, 'r/2')).toEqual(['two', 'two', 'three', '-', 'four']);
    expect(await textsIn(zoneB, 'r/3')).toEqual(['gone', '-']);
    const copy = await stores.stores.at(zoneB).bucket.get('r/1', deadline());
    expect(copy).toMatchObject({
      attributes,
      metadata: { client: 'c1', 'evac-zone': zoneA, 'evac-epoch': '1' },
    });
    expect(markOf(copy?.metadata ?? {})?.identity).toEqual((await firstVersion(zoneA, 'r/1')).identity);
  });

  it('is told of object by object with its lag, and counted where it was copied to', async () => {
    const told: string[] = [];
    const copier = startQuickCopier(stores, zoneA, zoneB, {
      onCopied: (objects) => told.push(...objects.map(({ key, lagMs }) => `${key} ${lagMs >= 0}`)),
    });
    for (let index = 0; index < 25; index += 1) await put(zoneA, `r/${index}`, 'x'.repeat(40));
    await level();
    expect(copier.status()).toMatchObject({
      state: 'copying',
      epoch: 1,
      pendingObjects: 0,
      oldestPendingMs: null,
    });
    await copier.stop();
    expect(told.toSorted()).toEqual(Array.from({ length: 25 }, (_, index) => `r/${index} true`).toSorted());
    const { progress } = (await stores.stores.at(zoneB).cursor.read(deadline())).cursor;
    expect(progress).toMatchObject({ objects: 25, bytes: 1_000, quarantined: 0, pendingObjects: 0 });
  });

  it('waits for company no longer than its interval, and a wake-up saves the pause between two looks', async () => {
    const rule = { maxObjects: 10, maxWaitMs: 400, maxBytes: 1 << 20 };
    const copier = startQuickCopier(stores, zoneA, zoneB, { rule, scanEveryMs: 20_000 });
    await waitWhole(stores, zoneB);
    await put(zoneA, 'one', 'alone');
    copier.wake();
    await waitUntil(
      { what: 'the one to wait', timeoutMs: 5_000 },
      () => copier.status().pendingObjects === 1,
    );
    await waitUntil(
      { what: 'the one to leave', timeoutMs: 5_000 },
      () => copier.status().pendingObjects === 0,
    );
    await copier.stop();
    expect(await textsIn(zoneB, 'one')).toEqual(['alone']);
  });

  it('of a delete becomes a delete marker once nothing late can come to it, and goes on from there', async () => {
    for (const key of ['k', 'kept']) await put(zoneA, key, 'v1');
    await remove(zoneA, 'k');
    const before = startQuickCopier(stores, zoneA, zoneB);
    await level();
    await before.stop();
    expect(await textsIn(zoneB, 'k')).toEqual(['v1', '-']);
    const copier = startQuickCopier(stores, zoneA, zoneB, { settleAfterMs: 0 });
    await waitUntil({ what: 'the marker', timeoutMs: 10_000, everyMs: 50 }, async () =>
      (await textsIn(zoneB, 'k')).includes('x'),
    );
    expect(await stores.stores.at(zoneB).bucket.get('k', deadline())).toBeNull();
    await copier.stop();
    const again = startQuickCopier(stores, zoneA, zoneB, { settleAfterMs: 0 });
    await level();
    await put(zoneA, 'k', 'v2');
    await level();
    await again.stop();
    expect(await textsIn(zoneB, 'k')).toEqual(['v1', '-', 'x', 'v2']);
    expect(await textsIn(zoneB, 'kept')).toEqual(['v1']);
  });

  it('of a delete is not settled over what somebody wrote in between', async () => {
    const { bucket } = stores.stores.at(zoneB);
    await put(zoneA, 'k', 'v1');
    await remove(zoneA, 'k');
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await level();
    await copier.stop();
    let isFirst = true;
    const overtaken: Bucket = {
      ...bucket,
      remove: async (key, within, versionId) => {
        if (isFirst) await bucket.put(key, Buffer.from('theirs'), {}, within);
        isFirst = false;
        await bucket.remove(key, within, versionId);
      },
    };
    await settleTombstone({ bucket: overtaken, zone: zoneB }, { key: 'k', olderThanMs: -5_000 }, deadline());
    expect(await textsIn(zoneB, 'k')).toEqual(['v1', '-', 'theirs']);
  });

  it('of the beacon is the newest alone, on both sides', async () => {
    const copier = startQuickCopier(stores, zoneA, zoneB);
    for (const atMs of [1, 2, 3]) {
      await stores.engine.beacon(zoneA, atMs, 2_000);
      await level();
    }
    await copier.stop();
    expect(await textsIn(zoneA, '.evac/beacon')).toEqual(['3']);
    expect(await textsIn(zoneB, '.evac/beacon')).toEqual(['3']);
  });
});

describe('the beacon', () => {
  it('arrives when everything that was written before it has, and not before', async () => {
    const real = createLocalTarget(stores.stores.at(zoneB));
    let isOpen = false;
    const deliver: typeof real.deliver = (term, batch, until) =>
      isOpen || batch.copies.every(({ version }) => version.key === '.evac/beacon')
        ? real.deliver(term, batch, until)
        : Promise.reject(new Unreachable('not now'));
    const swept: string[] = [];
    const log = (event: string): void => void swept.push(event);
    const target = { ...real, deliver };
    await stores.asWorkload.at(zoneA).bucket.put('o1', Buffer.from('1'), {}, deadline());
    await stores.engine.beacon(zoneA, 5, 2_000);
    const copier = startQuickCopier(stores, zoneA, zoneB, { target, log });
    await waitUntil(
      { what: 'three tries', timeoutMs: 20_000, everyMs: 20 },
      () => swept.filter((event) => event === 'trying again').length >= 3,
    );
    expect(await stores.engine.newestBeaconMs(zoneB, 2_000)).toBeNull();
    isOpen = true;
    await waitUntil(
      { what: 'the beacon to arrive', timeoutMs: 20_000, everyMs: 20 },
      async () => (await stores.engine.newestBeaconMs(zoneB, 2_000)) === 5,
    );
    expect(await textsIn(zoneB, 'o1')).toEqual(['1']);
    await copier.stop();
  });
});

describe('a copier that is not the one in force', () => {
  it('ends when another one takes its place, and what it still has under way is refused', async () => {
    const target = createLocalTarget(stores.stores.at(zoneB));
    await target.claim(zoneA, 'early', deadline());
    const early = { from: zoneA, epoch: 1, holder: 'early' };
    const first = startQuickCopier(stores, zoneA, zoneB);
    await waitWhole(stores, zoneB);
    await expect(target.held(early, ['k'], deadline())).rejects.toMatchObject({ code: 'superseded' });
    const second = startQuickCopier(stores, zoneA, zoneB);
    expect(await first.ended).toBe('superseded');
    await put(zoneA, 'k', 'v');
    await level();
    await second.stop();
    expect(await second.ended).toBe('stopped');
    expect(await textsIn(zoneB, 'k')).toEqual(['v']);
  });

  it('of an older epoch is refused; the one that runs goes on under the new one', async () => {
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await put(zoneA, 'k', 'v');
    await level();
    const { cursor } = await stores.stores.at(zoneB).cursor.read(deadline());
    const old = { from: zoneA, epoch: 1, holder: cursor.holder ?? '' };
    await stores.engine.rejoin(zoneB, zoneA, effect(7));
    const target = createLocalTarget(stores.stores.at(zoneB));
    const batch = { copies: [deletion(await firstVersion(zoneA, 'k'), null)], report: null };
    await expect(target.deliver(old, batch, deadline())).rejects.toThrow(StaleEpoch);
    await put(zoneA, 'k2', 'v');
    await level(7);
    await copier.stop();
    expect(await textsIn(zoneB, 'k')).toEqual(['v']);
    expect(markOf((await stores.stores.at(zoneB).bucket.get('k2', deadline()))?.metadata ?? {})?.epoch).toBe(
      7,
    );
  });

  it('gets nothing in once the other side writes: not over a new version, not over a delete', async () => {
    await put(zoneA, 'k', 'v1');
    await put(zoneA, 'gone', 'v1');
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await level();
    const v1 = await firstVersion(zoneA, 'k');
    const gone = await firstVersion(zoneA, 'gone');
    await put(zoneA, 'k', 'v2');
    await remove(zoneA, 'gone');
    await level();
    const { cursor } = await stores.stores.at(zoneB).cursor.read(deadline());
    const term = { from: zoneA, epoch: 1, holder: cursor.holder ?? '' };
    const target = createLocalTarget(stores.stores.at(zoneB));
    const late = await Promise.all(
      [v1, gone].map((version) => readCopy(stores.stores.at(zoneA).bucket, version, null, deadline())),
    );
    const copies = late.flatMap((copy) => (copy === null ? [] : [copy]));
    const outcomes: readonly CopyOutcome[] = await target.deliver(term, { copies, report: null }, deadline());
    expect(outcomes).toEqual([{ kind: 'changed' }, { kind: 'changed' }]);
    await stores.engine.ensureWriterIn(zoneB, effect(2));
    await put(zoneA, 'fresh', 'v1');
    const fresh = await firstVersion(zoneA, 'fresh');
    const tail = await readCopy(stores.stores.at(zoneA).bucket, fresh, null, deadline());
    if (tail === null) throw new Error('it is there');
    const batch = { copies: [tail], report: null };
    await expect(target.deliver(term, batch, deadline())).rejects.toThrow(Refused);
    await waitUntil(
      { what: 'the copier to stand idle', timeoutMs: 5_000 },
      () => copier.status().state === 'idle',
    );
    await copier.stop();
    expect(await textsIn(zoneB, 'k')).toEqual(['v1', 'v2']);
    expect(await textsIn(zoneB, 'gone')).toEqual(['v1', '-']);
    expect(await textsIn(zoneB, 'fresh')).toEqual([]);
  });
});

describe('what the old writer has and the new one lacks', () => {
  it('is put aside when it rejoins, and never mixed in', async () => {
    const there = startQuickCopier(stores, zoneA, zoneB);
    // Several sweeps see what one batch then brings: it is put aside once.
    const rule = { maxObjects: 10, maxWaitMs: 500, maxBytes: 1 << 20 };
    const back = startQuickCopier(stores, zoneB, zoneA, { rule });
    await put(zoneA, 'both', 'v1');
    await put(zoneA, 'kept', 'v1');
    await put(zoneA, 'deleted', 'v1');
    await level();
    await there.stop();
    await put(zoneA, 'both', 'tail');
    await put(zoneA, 'kept', 'tail');
    await put(zoneA, 'only', 'tail');
    await remove(zoneA, 'deleted');
    await stores.engine.ensureWriterIn(zoneB, effect(2));
    await stores.engine.admitWrites(zoneB, effect(2));
    await put(zoneB, 'both', 'v2');
    expect(await stores.engine.rejoin(zoneA, zoneB, effect(3))).toEqual({ how: 'rewound' });
    await waitUntil({ what: 'the tail to be hidden', timeoutMs: 10_000, everyMs: 50 }, async () =>
      (await textsIn(zoneA, 'both')).includes('v2'),
    );
    await stores.engine.ensureSynchronous(zoneB, zoneA, effect(3));
    await back.stop();
    expect(await textsIn(zoneA, 'both')).toEqual(['v1', 'tail', 'v2']);
    expect(await textsIn(zoneA, 'kept')).toEqual(['v1', 'tail', 'v1']);
    expect(await textsIn(zoneA, 'only')).toEqual(['tail', '-']);
    expect(await textsIn(zoneA, 'deleted')).toEqual(['v1', 'x', 'v1']);
    const { control, cursor } = stores.stores.at(zoneA);
    const aside = await control.list({ prefix: 'quarantine/', after: null }, deadline());
    const texts = await Promise.all(aside.versions.map(({ key }) => control.get(key, deadline())));
    expect(texts.map((object) => String(object?.body))).toEqual(['tail', 'tail', 'tail']);
    expect((await cursor.read(deadline())).cursor.progress.quarantined).toBe(3);
    expect(aside.versions[0]?.key.startsWith(quarantineKeyOf(3, 'both', ''))).toBe(true);
    expect(await textsIn(zoneB, 'only')).toEqual([]);
  });

  it('is nothing after a planned move, however often it goes there and back', async () => {
    const copiers = [startQuickCopier(stores, zoneA, zoneB), startQuickCopier(stores, zoneB, zoneA)];
    let [writer, standby]: readonly ZoneId[] = [zoneA, zoneB];
    for (let epoch = 2; epoch < 8; epoch += 2) {
      await put(writer ?? '', 'k', `e${epoch}`);
      if (epoch === 4) await remove(writer ?? '', 'k');
      await stores.engine.fence(writer ?? '', { mode: 'planned', standbyEligible: true }, effect(epoch));
      expect(await stores.engine.waitUntilLevel(writer ?? '', standby ?? '', effect(epoch))).toMatchObject({
        level: true,
      });
      await stores.engine.ensureWriterIn(standby ?? '', effect(epoch));
      await stores.engine.admitWrites(standby ?? '', effect(epoch));
      [writer, standby] = [standby, writer];
      await stores.engine.rejoin(standby ?? '', writer ?? '', effect(epoch + 1));
      await stores.engine.ensureSynchronous(writer ?? '', standby ?? '', effect(epoch + 1));
    }
    await Promise.all(copiers.map((copier) => copier.stop()));
    for (const zone of [zoneA, zoneB]) {
      expect((await stores.stores.at(zone).cursor.read(deadline())).cursor.progress.quarantined).toBe(0);
      expect((await textsIn(zone, 'k')).map((text) => (text === 'x' ? '-' : text))).toEqual([
        'e2',
        'e4',
        '-',
        'e6',
      ]);
    }
  });
});

describe('bytes that are not those that were read', () => {
  it('do not get in when they changed on the way', async () => {
    const local = createLocalTarget(stores.stores.at(zoneB));
    let isSpoilt = true;
    const spoiling: CopyTarget = {
      ...local,
      deliver: (term, { copies, report }, within) => {
        const spoilt = copies.map((copy) => (isSpoilt ? { ...copy, body: Buffer.from('spoilt') } : copy));
        return local.deliver(term, { copies: spoilt, report }, within);
      },
    };
    const said: string[] = [];
    const log = (event: string, detail: Readonly<Record<string, unknown>>) =>
      void said.push(`${event} ${String(detail['why'])}`);
    const copier = startQuickCopier(stores, zoneA, zoneB, { target: spoiling, log });
    await put(zoneA, 'k', 'sound');
    await waitUntil({ what: 'it to be noticed', timeoutMs: 5_000 }, () =>
      said.some((line) => line.startsWith('corrupt')),
    );
    expect(await textsIn(zoneB, 'k')).toEqual([]);
    isSpoilt = false;
    await level();
    await copier.stop();
    expect(said).toContain('corrupt k arrived with other bytes than were read');
    expect(await textsIn(zoneB, 'k')).toEqual(['sound']);
  });
});

describe('an object that cannot be copied', () => {
  /** Until it was said of `key`; the others have arrived by then or soon after. */
  const others = async (key: string, what: string): Promise<void> => {
    const said: string[] = [];
    const log = (event: string, detail: Readonly<Record<string, unknown>>) =>
      void said.push(`${event} ${String(detail['key'])}`);
    const copier = startQuickCopier(stores, zoneA, zoneB, { log });
    await waitUntil({ what: `${what} ${key}`, timeoutMs: 10_000 }, () => said.includes(`${what} ${key}`));
    await waitUntil({ what: 'the others', timeoutMs: 10_000, everyMs: 20 }, async () => {
      const there = await Promise.all(['a', 'z'].map((each) => textsIn(zoneB, each)));
      return there.every((texts) => texts.length === 1);
    });
    expect(await stores.engine.waitUntilLevel(zoneA, zoneB, effect(1, 500))).toMatchObject({ level: false });
    await copier.stop();
    expect(await textsIn(zoneB, key)).toEqual([]);
  };

  it('since the target does not take it is told of, keeps no other back, and is never called level', async () => {
    const metadata = { long: 'x'.repeat(1_950) };
    for (const key of ['a', 'z']) await put(zoneA, key, key);
    await stores.asWorkload.at(zoneA).bucket.put('m', Buffer.from('m'), { metadata }, deadline());
    await put(zoneA, 'm', 'm2');
    await others('m', 'refused');
  });

  it('since its source is damaged is told of, and not copied over anything', async () => {
    for (const key of ['a', 'z']) await put(zoneA, key, key);
    await stores.asWorkload.at(zoneA).bucket.put('m', Buffer.alloc(300_000, 'm'), {}, deadline());
    const folder = join(stores.filesOf(zoneA).data, 'orders', 'm');
    const part =
      readdirSync(folder, { recursive: true })
        .map(String)
        .find((name) => name.endsWith('part.1')) ?? '';
    const file = openSync(join(folder, part), 'r+');
    writeSync(file, 'spoilt', 150_000);
    closeSync(file);
    await others('m', 'unreadable');
  });
});

describe('the hop between two zones', () => {
  it('carries everything compressed, and every refusal as it was said', async () => {
    const sent: number[] = [];
    const server = createHopServer(createLocalTarget(stores.stores.at(zoneB)), { token: 'known' });
    const host = stores.addressOf(zoneB);
    await new Promise<void>((resolve) => server.listen(8085, host, resolve));
    const url = `http://${host}:8085`;
    const target = createHopClient({ url, token: 'known', onSent: (bytes) => sent.push(bytes) });
    const copier = startQuickCopier(stores, zoneA, zoneB, { target });
    for (let index = 0; index < 20; index += 1) await put(zoneA, `r/${index}`, 'compressible '.repeat(1_000));
    await level();
    const { holder } = (await stores.stores.at(zoneB).cursor.read(deadline())).cursor;
    const term = { from: zoneA, epoch: 1, holder: holder ?? '' };
    await expect(target.held({ ...term, epoch: 0 }, ['k'], deadline())).rejects.toThrow(StaleEpoch);
    await expect(target.claim('az-c', 'x', deadline())).rejects.toMatchObject({ code: 'not-a-standby' });
    const stranger = createHopClient({ url, token: 'other' });
    await expect(stranger.claim(zoneA, 'x', deadline())).rejects.toThrow('token');
    const garbled = await fetch(url, {
      method: 'POST',
      headers: { authorization: 'Bearer known' },
      body: 'no frame',
    });
    expect(garbled.status).toBe(409);
    await copier.stop();
    expect(await textsIn(zoneB, 'r/19')).toEqual(['compressible '.repeat(1_000)]);
    const all = sent.reduce((sum, bytes) => sum + bytes, 0);
    expect(all).toBeLessThan(20 * 13_000 * 0.5);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(target.claim(zoneA, 'x', deadline(500))).rejects.toMatchObject({ name: 'Unreachable' });
  });
});

describe('a reader with two paths', () => {
  it('reads the writer, and the copy when the writer does not answer, and says so', async () => {
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await put(zoneA, 'k', 'v');
    await put(zoneA, 'gone', 'v');
    await remove(zoneA, 'gone');
    await level();
    await copier.stop();
    const paths = [zoneB, zoneA].map((zone) => stores.asWorkload.at(zone));
    const reader = createMultiPathReader(paths, () => zoneA);
    expect(await reader.read('k', deadline())).toMatchObject({ zone: zoneA, mayBeOld: false });
    expect(await reader.read('gone', deadline())).toEqual({ object: null, zone: zoneA, mayBeOld: false });
    await stores.freeze(zoneA);
    const copy = await reader.read('k', deadline(1_000));
    expect(copy).toMatchObject({ zone: zoneB, mayBeOld: true, object: { metadata: {} } });
    expect(String(copy.object?.body)).toBe('v');
    expect(await reader.read('gone', deadline(1_000))).toMatchObject({ object: null, mayBeOld: true });
    stores.signal(zoneA, 'SIGCONT');
    await stores.kill(zoneA);
    await stores.kill(zoneB);
    await expect(reader.read('k', deadline(1_000))).rejects.toMatchObject({ name: 'Unreachable' });
  });
});
