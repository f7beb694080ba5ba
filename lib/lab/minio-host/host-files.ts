import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where one zone's MinIO keeps its things; all of it belongs to the server's user. */
export interface MinioFiles {
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  /** Passwords and what the first start makes; mode 0600. */
  readonly settings: string;
  readonly epoch: string;
  readonly firstBoot: string;
}

export const createMinioFiles = (folder: string, data = join(folder, 'data')): MinioFiles => ({
  folder,
  data,
  log: join(folder, 'minio.log'),
  settings: join(folder, 'settings.json'),
  epoch: join(folder, 'epoch'),
  firstBoot: join(folder, 'first-boot'),
});

const settingsShape = z.object({
  bucket: z.string(),
  evac: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  workload: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  /** What the copiers of the two zones know each other by. */
  hopToken: z.string(),
  epoch: z.number(),
  writer: z.string(),
  standby: z.string(),
});
export type MinioSettings = z.infer<typeof settingsShape>;

export const settingsOf = (files: MinioFiles): MinioSettings =>
  settingsShape.parse(JSON.parse(readFileSync(files.settings, 'utf8')));
