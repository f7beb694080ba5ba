import type { ZoneId } from '../../../domain/topology';
import type { Engine } from '../../../ports/engine';
import type { HostControl } from '../../../ports/host-control';
import { objectsCapabilities } from './capabilities';
import { createCopyControl } from './copy-control';
import { fenceWriter } from './fence';
import { waitUntilLevel } from './level';
import { admitWrites, degrade, ensureSynchronous, ensureWriterIn, rejoin, undoFence } from './switch-writer';
import { preflight, verifyWriter } from './verify';
import { createWatcher } from './watcher';
import type { ZoneStoreOptions, ZoneStores } from './zone-stores';
import { createZoneStores } from './zone-stores';

/** Everything an effect needs. */
export interface ObjectsContext {
  readonly stores: ZoneStores;
  /** Null: nobody can start or stop the stores, as on S3. */
  readonly hosts: HostControl | null;
}

/**
 * Two S3-compatible stores, one a zone, each with a versioned bucket and a control bucket beside it, and Evac's copier
 * between them. Asynchronous: a write is acknowledged by its own zone's store alone.
 * Evac's user needs: Get, Put, Delete (also of versions) and ListBucketVersions on both buckets, GetBucketVersioning, and
 * what the gate needs.
 */
export function createReplicatedObjects(
  options: Readonly<Record<ZoneId, ZoneStoreOptions>>,
  hosts: HostControl | null,
): Engine {
  const stores = createZoneStores(options);
  const context: ObjectsContext = { stores, hosts };
  const watcher = createWatcher(stores);
  return {
    component: 'objects',
    capabilities: objectsCapabilities,
    copyControl: createCopyControl(context),
    probe: watcher.probe,
    beacon: watcher.beacon,
    newestBeaconMs: watcher.newestBeaconMs,
    fence: (from, { mode }, effect) => fenceWriter(context, from, mode, effect),
    waitUntilLevel: (from, to, effect) => waitUntilLevel(stores, from, to, effect),
    ensureWriterIn: (zone, effect) => ensureWriterIn(stores, zone, effect),
    admitWrites: (zone, effect) => admitWrites(stores, zone, effect),
    verify: (zone, effect) => verifyWriter(stores, zone, effect),
    preflight: (to, effect) => preflight(stores, to, effect),
    undoFence: (from, { standby }, effect) => undoFence(stores, from, standby, effect),
    degrade: (zone, effect) => degrade(stores, zone, effect),
    rejoin: (zone, writer, effect, rebuild) => rejoin(context, { zone, writer, rebuild }, effect),
    ensureSynchronous: (writer, standby, effect) => ensureSynchronous(stores, writer, standby, effect),
    close: async () => stores.close(),
  };
}
