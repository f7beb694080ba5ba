import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const readLink = (path: string): string | null => {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
};

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
};

/** A server's processes all have its data folder as their working folder, and names that begin alike: numbers that were given to others do not. */
export const isServerProcess = (
  pid: number,
  server: { readonly command: string; readonly data: string },
): boolean => readLink(`/proc/${pid}/cwd`) === server.data && commandOf(pid).startsWith(server.command);

/** Every living process of this data folder's server, orphans included. */
export function serverProcessesOf(server: {
  readonly command: string;
  readonly data: string;
}): readonly number[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map(Number).filter((pid) => isServerProcess(pid, server));
}
