import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RejoinOrder } from '../../ports/host-control';
import { NoRoom } from '../lab-errors';
import { runCommand } from '../run-tool';
import { syncFolderOf, writeDurably } from './durable-file';
import type { OsUser } from './os-user';

/** A server's data folder, and whose it is. */
export interface DataPlace {
  readonly data: string;
  readonly user: OsUser | null;
}

export interface SetAside {
  /** Before anything is moved: the server is down when it resolves. */
  readonly stop: () => Promise<void>;
  /** Bytes left on the disk of this folder. */
  readonly freeBytes?: (folder: string) => number;
}

const MEASURE_MS = 60_000;
/** The new copy may be a little larger than the old one. */
const ROOM = 1.1;

const keptPath = (data: string, epoch: number): string => `${data}.kept-e${epoch}`;
/** Names the epoch of the newest fresh order that was done. */
const markOf = (data: string): string => `${data}.fresh`;

const keptOnes = (data: string): readonly string[] =>
  readdirSync(dirname(data))
    .filter((name) => name.startsWith(`${basename(data)}.kept-e`))
    .map((name) => join(dirname(data), name));

const freeBytesIn = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

const sizeOf = async (paths: readonly string[]): Promise<number> => {
  if (paths.length === 0) return 0;
  const args = ['-s', '--block-size=1', '--total', ...paths];
  const printed = await runCommand({ command: 'du', args, timeoutMs: MEASURE_MS });
  return Number(/(\d+)\ttotal$/.exec(printed.trim())?.[1]);
};

const inMb = (bytes: number): number => Math.ceil(bytes / 1_000_000);

/** The kept ones of before go first. @throws NoRoom, nothing was changed */
const requireRoom = async (data: string, freeBytes: (folder: string) => number): Promise<void> => {
  const needed = (await sizeOf([data])) * ROOM;
  const free = freeBytes(dirname(data)) + (await sizeOf(keptOnes(data)));
  if (free >= needed) return;
  throw new NoRoom(
    `there is no room to keep the old copy beside a new one: ${inMb(free)} MB, ${inMb(needed)} needed in ` +
      `${dirname(data)}. Nothing was changed; make room, or order it without keeping the old one`,
  );
};

const wasDone = (data: string, epoch: number): boolean =>
  existsSync(markOf(data)) && readFileSync(markOf(data), 'utf8').trim() === String(epoch);

/** Renamed, so that it costs no time and no second copy; the newest one only is kept. */
const moveAway = (data: string, { epoch, keep }: Pick<RejoinOrder, 'epoch' | 'keep'>): void => {
  const kept = keptPath(data, epoch);
  // Moved, and cut short before the mark was there.
  if (existsSync(kept)) return;
  const gone = keep === true ? keptOnes(data) : [data];
  for (const path of gone) rmSync(path, { recursive: true, force: true });
  if (keep === true) renameSync(data, kept);
  syncFolderOf(data);
};

/**
 * Empties a server's data folder for a fresh order, once an epoch: a late second delivery must not throw the new copy away.
 * Answers where the old data is kept; null: it is not.
 * @throws NoRoom before anything is changed
 */
export async function setAside(
  { data, user }: DataPlace,
  order: Pick<RejoinOrder, 'epoch' | 'keep'>,
  { stop, freeBytes = freeBytesIn }: SetAside,
): Promise<string | null> {
  const kept = keptPath(data, order.epoch);
  if (!wasDone(data, order.epoch)) {
    if (order.keep === true && existsSync(data) && !existsSync(kept)) await requireRoom(data, freeBytes);
    await stop();
    if (existsSync(data)) moveAway(data, order);
    mkdirSync(data, { recursive: true, mode: 0o750 });
    if (user !== null) chownSync(data, user.uid, user.gid);
    writeDurably(markOf(data), `${order.epoch}\n`, user);
  }
  return existsSync(kept) ? kept : null;
}
