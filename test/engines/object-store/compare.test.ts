import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CopiesReport } from '../../../lib/domain/consistency/report';
import { verdictOnCopies } from '../../../lib/domain/consistency/report';
import { createObjectsCompare } from '../../../lib/engines/object-store/replicated/compare';
import { createSystemClock } from '../../../lambdas/shared/system-clock';
import { compareStore } from '../../../lambdas/verify-copies/compare-store';
import { startLimits } from '../../../lambdas/verify-copies/comparison';
import { waitUntil } from '../../../lib/lab/wait-until';
import { deadline, startQuickCopier, waitWhole } from './copiers';
import type { RealStores } from './real-stores';
import { startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(90_000);

let stores: RealStores;
beforeEach(async () => {
  stores = await startRealStores();
});
afterEach(() => stores.close());

const put = (zone: string, key: string, text: string, type?: string) =>
  stores.asWorkload
    .at(zone)
    .bucket.put(
      key,
      Buffer.from(text),
      type === undefined ? {} : { attributes: { ContentType: type } },
      deadline(),
    );

/** As the side of Evac, which may write where the workload is kept out. */
const overwrite = async (key: string, text: string): Promise<void> => {
  const { bucket } = stores.stores.at(zoneB);
  const copy = await bucket.get(key, deadline());
  await bucket.put(key, Buffer.from(text), { metadata: copy?.metadata ?? {} }, deadline());
};

const copiedBy = async (keys: readonly string[]) => {
  for (const key of keys) await put(zoneA, key, `text of ${key}`);
  const copier = startQuickCopier(stores, zoneA, zoneB);
  await waitWhole(stores, zoneB);
  await waitUntil({ what: 'the copies', timeoutMs: 10_000, everyMs: 30 }, async () => {
    const copies = keys.map((key) => stores.stores.at(zoneB).bucket.get(key, deadline()));
    return (await Promise.all(copies)).every((copy) => copy !== null);
  });
  return copier;
};

const compare = async (requestMs = 20_000, itemsAtMost = 2): Promise<CopiesReport> => {
  const clock = createSystemClock();
  const reader = createObjectsCompare({ stores: stores.stores, nameKey: (key) => `<${key}>`, itemsAtMost });
  const limits = startLimits(clock, { beginForMs: 60_000, endAfterMs: 60_000, requestMs });
  const { report, next } = await compareStore(
    { reader, pair: { writer: zoneA, copy: zoneB }, clock, limits },
    null,
  );
  expect(next).toBeNull();
  return report;
};

const differencesOf = ({ differences }: CopiesReport) =>
  differences.map(({ item, what }) => `${item} ${what}`).toSorted();

describe('the copies of objects', () => {
  it('are equal while they are written, deleted and copied', async () => {
    const copier = await copiedBy(['a', 'b', 'c', 'ä', '\u{10000}']);
    await stores.asWorkload.at(zoneA).bucket.remove('b', deadline());
    let isOver = false;
    const writes = (async () => {
      for (let at = 0; !isOver; at += 1) {
        await put(zoneA, `w${at % 5}`, `text ${at}`, 'text/plain');
        if (at % 3 === 0) await stores.asWorkload.at(zoneA).bucket.remove(`w${at % 5}`, deadline());
        // A copier that is outrun for ever is never level.
        await pause(50);
      }
    })();
    const reports = [await compare(), await compare()];
    isOver = true;
    await writes;
    const last = await compare();
    await copier.stop();
    for (const report of reports) expect(differencesOf(report)).toEqual([]);
    expect(verdictOnCopies(last)).toBe('equal');
    expect(last.items).toBeGreaterThanOrEqual(4);
  });

  it('differ by other bytes under the same version, by what is only there, by what never came', async () => {
    const copier = await copiedBy(['a', 'b', 'spoilt', 'gone']);
    await overwrite('spoilt', 'spoils');
    await stores.stores.at(zoneB).bucket.remove('gone', deadline());
    await stores.stores.at(zoneB).bucket.put('stray', Buffer.from('of nobody'), {}, deadline());
    const report = await compare();
    await copier.stop();
    expect(differencesOf(report)).toEqual([
      '<gone> missing at the standby',
      '<spoilt> different',
      '<stray> only at the standby',
    ]);
    expect(report.unknownFound).toBe(0);
  });

  it('are not known where they differ and the copier is gone: it may only be behind', async () => {
    const copier = await copiedBy(['a', 'spoilt']);
    await copier.stop();
    await overwrite('spoilt', 'spoils');
    await put(zoneA, 'late', 'later');
    const report = await compare(1_000, 1);
    expect(differencesOf(report)).toEqual([]);
    expect(verdictOnCopies(report)).toBe('unknown');
  });

  it('are damaged where the disk gives out other bytes than it was given', async () => {
    const copier = await copiedBy(['a', 'rotten']);
    const folder = join(stores.filesOf(zoneB).data, 'orders', 'rotten');
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      const bytes = readFileSync(file);
      const found = bytes.indexOf('text of rotten');
      expect(found).toBeGreaterThan(0);
      bytes.write('X', found);
      writeFileSync(file, bytes);
    }
    const report = await compare();
    await copier.stop();
    expect(report.differences).toMatchObject([{ item: '<rotten>', what: 'unreadable at the standby' }]);
  });

  it('of a store that is silent, or follows nobody, are not known, and never different', async () => {
    const copier = await copiedBy(['a']);
    await copier.stop();
    await stores.kill(zoneB);
    const copyIsSilent = await compare(2_000);
    expect(copyIsSilent).toMatchObject({ differencesFound: 0 });
    expect(verdictOnCopies(copyIsSilent)).toBe('unknown');
    const reader = createObjectsCompare({ stores: stores.stores, nameKey: (key) => key });
    const chunk = { name: '1 objects', place: { keys: ['a'] } };
    expect(await reader.look({ writer: zoneA, copy: zoneB }, chunk, ['a'], 1_000)).toMatchObject([
      { key: 'a', judgement: { is: 'open', words: expect.stringContaining('get a in bucket orders') } },
    ]);
    await stores.kill(zoneA);
    expect((await compare(2_000)).unknown).toMatchObject([{ part: 'everything after that' }]);
  });
});
