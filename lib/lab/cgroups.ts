import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from './wait-until';

/** How long the kernel may take to freeze, thaw or empty a cgroup before that is an error. Measured: 1-10 ms. */
const kernelDeadlineMs = 5_000;

export const createCgroup = (path: string): void => {
  mkdirSync(path);
};

/** Numbers of the processes in a cgroup, not of those in groups below it; none when the group is gone. */
export function processesIn(path: string): readonly number[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map(Number);
}

/** A word of cgroup.events: the truth about freezing; /proc shows frozen processes as merely asleep. */
function eventIs(path: string, event: 'frozen' | 'populated', value: 0 | 1): boolean {
  return readFileSync(join(path, 'cgroup.events'), 'utf8').includes(`${event} ${value}`);
}

export const isFrozen = (path: string): boolean => existsSync(path) && eventIs(path, 'frozen', 1);

/** Stops every process of the group, new ones too. @throws DeadlineExceeded when the kernel does not confirm. */
export async function freezeCgroup(path: string): Promise<void> {
  writeFileSync(join(path, 'cgroup.freeze'), '1');
  const wait = { what: `${path} to be frozen`, timeoutMs: kernelDeadlineMs, everyMs: 1 };
  await waitUntil(wait, () => eventIs(path, 'frozen', 1));
}

/** @throws DeadlineExceeded when the kernel does not confirm. */
export async function thawCgroup(path: string): Promise<void> {
  writeFileSync(join(path, 'cgroup.freeze'), '0');
  const wait = { what: `${path} to be thawed`, timeoutMs: kernelDeadlineMs, everyMs: 1 };
  await waitUntil(wait, () => eventIs(path, 'frozen', 0));
}

/** SIGKILL for every process of the group at once, forks in flight and frozen ones included. Does not wait. */
const killCgroup = (path: string): void => {
  writeFileSync(join(path, 'cgroup.kill'), '1');
};

/**
 * Kills all that is in a group, and whatever joins it while it dies: the emulator starts a zone's witness anew each
 * minute, and may do so in that very moment.
 * @throws DeadlineExceeded when something in the group lives on.
 */
export async function killUntilEmpty(path: string): Promise<void> {
  const wait = { what: `${path} to be empty`, timeoutMs: kernelDeadlineMs, everyMs: 1 };
  killCgroup(path);
  await waitUntil(wait, () => {
    if (eventIs(path, 'populated', 0)) return true;
    killCgroup(path);
    return false;
  });
}

/** Removes an empty cgroup with the empty groups below it. */
export function removeCgroup(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  }
  rmdirSync(path);
}
