import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed } from './lab-errors';
import type { Machine } from './machine';
import { runTool } from './run-tool';

/** Builds with Go 1.24 and newer; conditional puts and completions answer 412, as S3's do. */
export const minioVersion = 'v0.0.0-20260212201848-7aac2a2c5b7c';
export const minioModule = `github.com/minio/minio@${minioVersion}`;

/** An older Go fetches the toolchain that MinIO asks for; one before 1.21 cannot. */
export const oldestGo = '1.21';

/** The cache's MinIO; a link to the newest complete one. */
export const minioCacheOf = (machine: Machine): string => join(machine.projectFolder, '.cache', 'minio');

export const minioOf = (folder: string): string => join(folder, 'minio');

/** Written last: a folder without it is an interrupted build's. */
export const minioMarkOf = (folder: string): string => join(folder, 'version');

/** True when the pinned version was built to its end. */
export const isCompleteMinio = (folder: string): boolean =>
  existsSync(minioOf(folder)) &&
  existsSync(minioMarkOf(folder)) &&
  readFileSync(minioMarkOf(folder), 'utf8').trim() === minioVersion;

export interface Go {
  readonly path: string;
  readonly version: string;
}

function askGo(path: string): readonly Go[] {
  try {
    const text = runTool({
      command: path,
      args: ['env', 'GOVERSION'],
      env: goEnvironment,
      timeoutMs: 10_000,
    });
    const version = /\d+(\.\d+)+/.exec(text)?.[0] ?? '0';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const [, oldestMinor = 0] = oldestGo.split('.').map(Number);
    return major === 1 && minor >= oldestMinor ? [{ path, version }] : [];
  } catch (error) {
    if (error instanceof CommandFailed) return [];
    throw error;
  }
}

/** Asked without a home it would look for one. */
const goEnvironment = { GOENV: 'off', GOTOOLCHAIN: 'local', GOCACHE: 'off', HOME: '/nonexistent' };

/** The first Go that can build it; null when there is none. */
export function findGo(machine: Machine): Go | null {
  const candidates = machine.commandFolders.map((folder) => join(folder, 'go')).filter(existsSync);
  for (const path of new Set(candidates)) {
    const [go] = askGo(path);
    if (go !== undefined) return go;
  }
  return null;
}
