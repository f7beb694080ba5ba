import { join } from 'node:path';
import type { ZoneId } from '../domain/topology';
import { objectsOf } from '../domain/topology';
import type { LabLayout } from './layout';
import type { Service, ServiceContext } from './zone-services';

/** Where a zone's copier takes in what the other one sends. */
const COPIER_PORT = 8086;
/** Pause between two looks at the source's list, ms: each lists all there is, and a batch waits 5 s for company anyway. */
const SCAN_MS = 2_000;

export const objectsFolderOf = (layout: LabLayout): string => join(layout.folder, 'objects');
/** A disk of its own for each zone's bytes, so that it can be full without the machine's being so. */
export const objectsDiskOf = (layout: LabLayout, zone: ZoneId): string =>
  join(objectsFolderOf(layout), `disk-${zone}`);
export const objectsDataOf = (layout: LabLayout, zone: ZoneId): string =>
  join(objectsDiskOf(layout, zone), 'data');

/** A zone's half of the copier; the stores' cursors say which half copies. */
export const copiers = (
  { topology, layout }: Pick<ServiceContext, 'topology' | 'layout'>,
  zone: ZoneId,
): readonly Service[] => {
  const objects = objectsOf(topology);
  const own = objects?.endpoints[zone];
  const other = Object.entries(objects?.endpoints ?? {}).find(([id]) => id !== zone)?.[1];
  if (objects === undefined || own === undefined || other === undefined) return [];
  const args = {
    zone,
    folder: join(objectsFolderOf(layout), zone),
    store: `http://${own.host}:${own.port}`,
    listen: own.host,
    port: String(COPIER_PORT),
    peer: `http://${other.host}:${COPIER_PORT}`,
    'batch-size': String(objects.sync.batchSize),
    'batch-interval-ms': String(objects.sync.intervalMs),
    'scan-ms': String(SCAN_MS),
  };
  return [{ place: zone, name: 'objects-copier', args }];
};
