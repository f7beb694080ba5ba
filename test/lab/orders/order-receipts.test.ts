import type { Cursor } from '../../../lib/domain/copier/cursor';
import { noProgress } from '../../../lib/domain/copier/cursor';
import type { OrderReceipts } from '../../../lib/lab/orders/order-receipts';
import { createOrderReceipts, readReceipts } from '../../../lib/lab/orders/order-receipts';
import { chooseReceiptsWriter } from '../../../lib/lab/orders/receipts-writer';
import { waitUntil } from '../../../lib/lab/wait-until';
import { deadline, startQuickCopier } from '../../engines/object-store/copiers';
import type { RealStores } from '../../engines/object-store/real-stores';
import { startRealStores, zoneA, zoneB } from '../../engines/object-store/real-stores';

jest.setTimeout(60_000);

const soon = (ms = 3_000): number => performance.now() + ms;
const effect = (epoch: number) => ({ epoch, deadlineMs: 15_000 });

describe('order receipts', () => {
  let stores: RealStores;
  let receipts: OrderReceipts;
  beforeEach(async () => {
    stores = await startRealStores();
    const access = {
      [zoneA]: stores.accessOf(zoneA, 'workload'),
      [zoneB]: stores.accessOf(zoneB, 'workload'),
    };
    receipts = createOrderReceipts({ stores: access, lookEveryMs: 20 });
  });
  afterEach(async () => {
    await receipts.close();
    await stores.close();
  });
  /** As a client does: the same order again until its receipt is kept. */
  const keep = async (id: string, zone?: string): Promise<void> =>
    waitUntil({ what: `a receipt of ${id}`, timeoutMs: 10_000, everyMs: 20 }, async () => {
      const outcome = await receipts.put({ id, body: `{"id":"${id}"}` }, soon());
      return outcome.kind === 'kept' && (zone === undefined || outcome.zone === zone);
    });

  test('are kept by the writer, once, and read from either copy', async () => {
    const copier = startQuickCopier(stores, zoneA, zoneB);
    await keep('o/1 ü', zoneA);
    await keep('o/1 ü', zoneA);
    expect(await receipts.put({ id: 'o/1 ü', body: 'another' }, soon())).toMatchObject({ kind: 'conflict' });
    expect(await stores.engine.waitUntilLevel(zoneA, zoneB, effect(1))).toMatchObject({ level: true });
    await copier.stop();
    expect(await receipts.read('o/1 ü', soon())).toMatchObject({ zone: zoneA, mayBeOld: false });
    await stores.kill(zoneA);
    const copy = await receipts.read('o/1 ü', soon());
    expect([copy.zone, String(copy.object?.body)]).toEqual([zoneB, '{"id":"o/1 ü"}']);
    expect(await readReceipts(stores.stores.at(zoneB).bucket, deadline)).toEqual(new Map([['o/1 ü', 1]]));
  });

  test('none is acknowledged behind a fence, and after a planned move the new writer has every one', async () => {
    const copier = startQuickCopier(stores, zoneA, zoneB);
    const acknowledged: string[] = [];
    for (let index = 0; index < 15; index += 1) {
      await keep(`o${index}`);
      acknowledged.push(`o${index}`);
    }
    await stores.engine.fence(zoneA, { mode: 'planned', standbyEligible: true }, effect(2));
    expect(await receipts.put({ id: 'late', body: '{}' }, soon())).toEqual({
      kind: 'refused',
      refusal: 'receipt-store-lost',
    });
    expect(await stores.engine.waitUntilLevel(zoneA, zoneB, effect(2))).toMatchObject({ level: true });
    await stores.engine.ensureWriterIn(zoneB, effect(2));
    await stores.engine.admitWrites(zoneB, effect(2));
    await keep('after', zoneB);
    await copier.stop();
    const found = await readReceipts(stores.stores.at(zoneB).bucket, deadline);
    expect([...acknowledged, 'after'].filter((id) => !found.has(id))).toEqual([]);
    expect(found.has('late')).toBe(false);
  });

  test('without a writer none is kept, and nobody waits', async () => {
    await keep('before');
    await stores.kill(zoneA);
    await waitUntil({ what: 'the writer to be missed', timeoutMs: 5_000, everyMs: 20 }, async () => {
      const outcome = await receipts.put({ id: 'x', body: '{}' }, soon(500));
      return outcome.kind === 'refused' && outcome.refusal === 'no-receipt-writer';
    });
  });
});

describe('of two stores that say they write', () => {
  const cursor = (zone: string, since: number, side: Cursor['side'] = 'writer'): Cursor => ({
    epoch: since,
    zone,
    side,
    writer: zone,
    standby: '',
    timeline: 1,
    since,
    holder: null,
    mark: null,
    isPaused: false,
    emptiedAt: 0,
    progress: noProgress,
  });
  test('the one that was turned to it last does', () => {
    expect(chooseReceiptsWriter([cursor('az-a', 1), cursor('az-b', 4)])).toBe('az-b');
    expect(chooseReceiptsWriter([cursor('az-a', 5), cursor('az-b', 4)])).toBe('az-a');
    expect(chooseReceiptsWriter([cursor('az-a', 5, 'standby'), null])).toBeNull();
  });
});
