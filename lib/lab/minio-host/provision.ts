import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ZoneId } from '../../domain/topology';
import { writeDurably } from '../store-host/durable-file';
import type { OsUser } from '../store-host/os-user';
import type { MinioFiles, MinioSettings } from './host-files';
import { createMinioFiles } from './host-files';

export interface MinioProvisionOptions {
  /** Everything of these servers goes in here. */
  readonly folder: string;
  readonly user: OsUser | null;
  readonly primary: ZoneId;
  readonly standby: ZoneId;
  /** The seat's first epoch. */
  readonly epoch: number;
  readonly bucket: string;
  /** Where a zone's bytes go, when not beside its other files. */
  readonly data?: Readonly<Record<ZoneId, string>>;
}

export interface MinioProvisioned {
  readonly hosts: Readonly<Record<ZoneId, MinioFiles>>;
  /** The same on both sides, as the store's two ends of one service. */
  readonly credentials: Pick<MinioSettings, 'evac' | 'workload'>;
}

const newSecret = (): string => randomBytes(24).toString('base64url');
const newKey = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: newSecret() });

function makeHost(
  { folder, user, data }: MinioProvisionOptions,
  zone: ZoneId,
  settings: MinioSettings,
): MinioFiles {
  const files = createMinioFiles(join(folder, zone), data?.[zone]);
  for (const path of [files.folder, files.data]) {
    mkdirSync(path, { recursive: true, mode: 0o750 });
    if (user !== null) chownSync(path, user.uid, user.gid);
  }
  writeDurably(files.settings, `${JSON.stringify(settings)}\n`, user);
  writeDurably(files.firstBoot, 'first\n', user);
  return files;
}

/** Two servers' folders at the seat's first epoch; buckets, user and cursor are made by each server's first start. */
export function provisionMinio(options: MinioProvisionOptions): MinioProvisioned {
  const { folder, primary, standby, epoch, bucket } = options;
  const credentials = { evac: newKey('evac'), workload: newKey('workload') };
  // The servers' user owns what is in it, and has to get there.
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const settings = { bucket, ...credentials, hopToken: newSecret(), epoch, writer: primary, standby };
  const hosts = Object.fromEntries(
    [primary, standby].map((zone) => [zone, makeHost(options, zone, settings)]),
  );
  return { hosts, credentials };
}
