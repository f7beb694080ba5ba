import { DeadlineExceeded } from '../../../lib/domain/errors';
import type { ZoneId } from '../../../lib/domain/topology';
import { startDeadline } from '../../../lib/engines/deadline';
import { isTombstone } from '../../../lib/engines/object-store/held';
import type { WriteOutcome } from '../../contract/engine-contract';
import { describeCopyControl } from '../../contract/copy-control';
import { describeEngineContract } from '../../contract/engine-contract';
import { deadline, startQuickCopier, waitWhole } from './copiers';
import type { RealStores } from './real-stores';
import { startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(90_000);

/** How long a client of the workload waits for its acknowledgement. */
const clientPatienceMs = 500;

async function write(stores: RealStores, zone: ZoneId, id: string): Promise<WriteOutcome> {
  const { bucket } = stores.asWorkload.at(zone);
  try {
    await bucket.put(`orders/${id}`, Buffer.from(id), {}, startDeadline(clientPatienceMs));
    return 'acknowledged';
  } catch (error) {
    return error instanceof DeadlineExceeded ? 'unknown' : 'refused';
  }
}

async function idsIn(stores: RealStores, zone: ZoneId): Promise<readonly string[]> {
  const { bucket } = stores.stores.at(zone);
  const { versions } = await bucket.list({ prefix: 'orders/', after: null }, deadline());
  const keys = [...new Set(versions.map(({ key }) => key))];
  const heads = await Promise.all(keys.map((key) => bucket.head(key, deadline())));
  const isThere = heads.map((head) => head !== null && head !== 'deleted' && !isTombstone(head.metadata));
  return keys.filter((_, index) => isThere[index]).map((key) => key.slice('orders/'.length));
}

const createWorld = async () => {
  const stores = await startRealStores();
  const copiers = [startQuickCopier(stores, zoneA, zoneB), startQuickCopier(stores, zoneB, zoneA)];
  await waitWhole(stores, zoneB);
  return {
    store: 'objects' as const,
    engine: stores.engine,
    hosts: stores.control,
    // Whether it was emptied; that a second order removes nothing is in empty-copy.test.ts.
    wholeCopies: async (zone: ZoneId) =>
      (await stores.stores.at(zone).cursor.read(deadline())).cursor.emptiedAt > 0 ? 1 : 0,
    syncSettingOf: (name: string) => name,
    write: (zone: ZoneId, id: string) => write(stores, zone, id),
    idsIn: (zone: ZoneId) => idsIn(stores, zone),
    freeze: stores.freeze,
    thaw: async (zone: ZoneId) => stores.signal(zone, 'SIGCONT'),
    kill: stores.kill,
    silenceHost: stores.stopAgent,
    close: async () => {
      for (const zone of [zoneA, zoneB]) stores.signal(zone, 'SIGCONT');
      await Promise.all(copiers.map((copier) => copier.stop()));
      await stores.close();
    },
  };
};

describeEngineContract('objects copied by Evac, real MinIO', createWorld, { asynchronous: true });
describeCopyControl('objects copied by Evac, real MinIO', createWorld);
