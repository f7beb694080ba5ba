import { chownSync, closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { OsUser } from './os-user';

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
