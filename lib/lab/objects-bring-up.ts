import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataZones, objectsOf, zonesOfRole } from '../domain/topology';
import type { Opening } from './bring-up';
import { LabNotUp } from './lab-errors';
import { describeMachine } from './machine';
import { isCompleteMinio, minioCacheOf, minioOf } from './minio-cache';
import { minioOsUser } from './minio-host/minio-host';
import { provisionMinio } from './minio-host/provision';
import { objectsDataOf, objectsDiskOf, objectsFolderOf } from './objects-services';
import { runTool } from './run-tool';
import { findOsUser } from './store-host/os-user';

const MOUNT_MS = 10_000;
/** Of one zone; a receipt takes two pages of memory, a whole table of scenarios some 100,000. */
const DISK_MEGABYTES = 1_024;

/** MinIO's binary; null: there are no objects in this deployment. @throws LabNotUp */
export const minioServerOf = ({ topology, projectFolder }: Opening['options']): string | null => {
  if (objectsOf(topology) === undefined) return null;
  const cache = minioCacheOf(describeMachine(projectFolder));
  if (!isCompleteMinio(cache)) throw new LabNotUp('MinIO is not there; run: evac doctor');
  return minioOf(cache);
};

const makeDisk = ({ zones }: Pick<Opening, 'zones'>, path: string): void => {
  mkdirSync(path, { recursive: true });
  zones.record.add({ kind: 'mount', path });
  const options = `size=${DISK_MEGABYTES}m,mode=0755`;
  runTool({ command: 'mount', args: ['-t', 'tmpfs', '-o', options, 'tmpfs', path], timeoutMs: MOUNT_MS });
};

/** A folder and a disk in each data zone; nothing is started. The secret of Evac's own user; null: no objects here. */
export const provisionObjects = ({ options, zones }: Pick<Opening, 'options' | 'zones'>): string | null => {
  const { topology } = options;
  const objects = objectsOf(topology);
  if (objects === undefined) return null;
  const { layout } = zones;
  const [primary = ''] = zonesOfRole(topology, 'primary');
  const [standby = ''] = dataZones(topology).filter((zone) => zone !== primary);
  for (const zone of [primary, standby]) makeDisk({ zones }, objectsDiskOf(layout, zone));
  const folder = objectsFolderOf(layout);
  const { credentials } = provisionMinio({
    folder,
    user: findOsUser(minioOsUser),
    primary,
    standby,
    epoch: 1,
    bucket: objects.bucket,
    data: { [primary]: objectsDataOf(layout, primary), [standby]: objectsDataOf(layout, standby) },
  });
  const { workload, evac } = credentials;
  writeFileSync(join(folder, 'workload.password'), `${workload.secretAccessKey}\n`, { mode: 0o600 });
  return evac.secretAccessKey;
};
