import { existsSync, lstatSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A folder of its own for a new installation beside `cache`; nobody reads it yet. */
export const newFolderFor = (cache: string): string => `${cache}-${process.pid}-${Date.now()}`;

/** Makes `cache` point to a complete folder in one step; a reader sees the old one or the new one. */
function pointCacheTo(folder: string, cache: string): void {
  const link = `${folder}.link`;
  symlinkSync(basename(folder), link);
  // Only a folder has to go first: a link is replaced by the renaming itself.
  if (existsSync(cache) && !lstatSync(cache).isSymbolicLink()) rmSync(cache, { recursive: true });
  renameSync(link, cache);
}

/** What an earlier, crashed or outdated installation left. */
function removeOthers(cache: string, kept: string): void {
  const prefix = `${basename(cache)}-`;
  const names = readdirSync(dirname(cache)).filter(
    (name) => name.startsWith(prefix) && name !== basename(kept),
  );
  for (const name of names) rmSync(join(dirname(cache), name), { recursive: true, force: true });
}

/** From now on `cache` is this complete folder, and the others are gone. */
export function adoptFolder(folder: string, cache: string): void {
  pointCacheTo(folder, cache);
  removeOthers(cache, folder);
}
