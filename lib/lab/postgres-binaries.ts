import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { executableFolders, runTool } from './run-tool';

/** What the lab calls; a client-only installation has only some of them. */
const required = ['postgres', 'initdb', 'pg_ctl', 'pg_basebackup', 'pg_rewind', 'psql'] as const;

/** 15 is the oldest that the settings of the lab were measured with. */
export const oldestPostgres = 15;

export interface PostgresBinaries {
  /** The folder that holds the server's binaries. */
  readonly folder: string;
  readonly version: string;
}

const debianFolder = '/usr/lib/postgresql';

/** Newest first, so that a machine with several versions uses the newest. */
function debianFolders(): readonly string[] {
  if (!existsSync(debianFolder)) return [];
  const versions = readdirSync(debianFolder).map(Number).filter(Number.isInteger);
  return versions.sort((a, b) => b - a).map((version) => join(debianFolder, String(version), 'bin'));
}

/** PATH often has links to single binaries: where `postgres` really is, the others are too. */
function foldersOfServer(folders: readonly string[]): readonly string[] {
  const servers = folders.map((folder) => join(folder, 'postgres')).filter((path) => existsSync(path));
  return servers.map((path) => dirname(realpathSync(path)));
}

function inspect(folder: string): readonly PostgresBinaries[] {
  if (required.some((name) => !existsSync(join(folder, name)))) return [];
  const answer = runTool({ command: join(folder, 'postgres'), args: ['--version'], timeoutMs: 5_000 });
  const version = /(\d+)(\.\d+)?/.exec(answer)?.[0];
  return version === undefined || Number.parseInt(version, 10) < oldestPostgres ? [] : [{ folder, version }];
}

/** All places where a server may be: PATH first, then where Debian puts it. */
export const postgresFolders = (): readonly string[] => [
  ...foldersOfServer(executableFolders()),
  ...debianFolders(),
];

/** The first complete PostgreSQL server of at least version 15; null when there is none. */
export function findPostgres(folders = postgresFolders()): PostgresBinaries | null {
  return folders.flatMap(inspect)[0] ?? null;
}
