import { verdictOnCopies } from '../../../lib/domain/consistency/report';
import { auditCopies } from '../../../lib/engines/object-store/copier/audit';
import { createObjectsAudit } from '../../../lib/engines/object-store/copier/compare';
import { waitUntil } from '../../../lib/lab/wait-until';
import { deadline, startQuickCopier } from './copiers';
import type { RealStores } from './real-stores';
import { startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(60_000);

let stores: RealStores;
beforeAll(async () => {
  stores = await startRealStores();
  const { bucket } = stores.asWorkload.at(zoneA);
  for (const key of ['a', 'b', 'spoilt'])
    await bucket.put(key, Buffer.from(`text of ${key}`), {}, deadline());
  const copier = startQuickCopier(stores, zoneA, zoneB);
  await waitUntil({ what: 'the copies', timeoutMs: 10_000, everyMs: 50 }, async () => {
    const copies = ['a', 'b', 'spoilt'].map((key) => stores.stores.at(zoneB).bucket.get(key, deadline()));
    return (await Promise.all(copies)).every((copy) => copy !== null);
  });
  await copier.stop();
});
afterAll(() => stores.close());

const audit = (timeoutMs = 10_000) =>
  createObjectsAudit({
    // The seat knows no `objects` yet.
    store: 'redis',
    bucketOf: (zone) => stores.stores.at(zone).bucket,
    nameKey: (key) => key,
  }).audit({ writer: zoneA, copy: zoneB }, null, timeoutMs);

describe('the copies of objects', () => {
  it('are equal by their bytes', async () => {
    const { report, next } = await audit();
    expect(next).toBeNull();
    expect(verdictOnCopies(report)).toBe('equal');
    expect(report).toMatchObject({ items: 3, writer: zoneA, copy: zoneB });
  });

  it('differ where the same version has other bytes; what is only behind is not known', async () => {
    const { bucket } = stores.stores.at(zoneB);
    const copy = await bucket.get('spoilt', deadline());
    await bucket.put('spoilt', Buffer.from('spoils'), { metadata: copy?.metadata ?? {} }, deadline());
    await stores.asWorkload.at(zoneA).bucket.put('late', Buffer.from('later'), {}, deadline());
    const { report } = await audit();
    expect(report.differences).toMatchObject([{ item: 'spoilt', what: 'different' }]);
    expect(report.unknown).toMatchObject([
      { part: 'late', why: expect.stringContaining('the target has nothing') },
    ]);
  });

  it('go on where the slice before ended', async () => {
    const sides = { source: stores.stores.at(zoneA), target: stores.stores.at(zoneB) };
    const first = await auditCopies(sides, deadline, { after: null, isOver: () => true });
    expect(first).toMatchObject({ checked: 4, next: 'spoilt' });
    const rest = await auditCopies(sides, deadline, { after: first.next, isOver: () => true });
    expect(rest).toEqual({ checked: 0, findings: [], next: null });
    const sliced = createObjectsAudit({
      store: 'redis',
      bucketOf: (zone) => stores.stores.at(zone).bucket,
      nameKey: (key) => `<${key}>`,
    });
    const { report } = await sliced.audit({ writer: zoneA, copy: zoneB }, 'b', 10_000);
    expect(report.items).toBe(2);
    expect(report.differences).toMatchObject([{ item: '<spoilt>' }]);
  });

  it('of a store that is silent are not known, and never different', async () => {
    await stores.kill(zoneB);
    const copyIsSilent = await audit(2_000);
    expect(copyIsSilent.report).toMatchObject({ differencesFound: 0 });
    expect(verdictOnCopies(copyIsSilent.report)).toBe('unknown');
    await stores.kill(zoneA);
    const { report } = await audit(2_000);
    expect(report.unknown).toMatchObject([{ part: 'everything after that' }]);
  });
});
