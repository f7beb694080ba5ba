import { chownSync, closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OsUser } from './os-user';

/** Where one zone's PostgreSQL keeps its things; all of it belongs to the server's user. */
export interface HostFiles {
  readonly folder: string;
  readonly data: string;
  /** Unix socket folder: reachable by path from every network namespace. */
  readonly sockets: string;
  readonly log: string;
  /** libpq's password file, mode 0600: no password is ever on a command line or in a connection string. */
  readonly passwords: string;
  /** The highest epoch the host agent has seen. */
  readonly epoch: string;
  /** Present until the first start after provisioning, which needs no seat: there is none yet. */
  readonly firstBoot: string;
}

export const createHostFiles = (folder: string): HostFiles => ({
  folder,
  data: join(folder, 'data'),
  sockets: join(folder, 'sockets'),
  log: join(folder, 'postgres.log'),
  passwords: join(folder, 'pgpass'),
  epoch: join(folder, 'epoch'),
  firstBoot: join(folder, 'first-boot'),
});

const syncPath = (path: string): void => {
  const handle = openSync(path, 'r');
  fsyncSync(handle);
  closeSync(handle);
};

/** Makes the entries of a folder durable: a new, renamed or removed file. */
export const syncFolderOf = (path: string): void => syncPath(dirname(path));

/** Replaces a file whole and durably; a crash leaves the old one or the new one. Mode 0600, the server's user's. */
export function writeDurably(path: string, text: string, user: OsUser | null): void {
  const temporary = `${path}.new`;
  const handle = openSync(temporary, 'w', 0o600);
  writeSync(handle, text);
  fsyncSync(handle);
  closeSync(handle);
  if (user !== null) chownSync(temporary, user.uid, user.gid);
  renameSync(temporary, path);
  syncFolderOf(path);
}
