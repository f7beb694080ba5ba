import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything on a machine that a lab could leave behind, one line each; taken without any of the lab's own code. */
export type Census = ReadonlySet<string>;

const orEmpty = <T>(look: () => T, empty: T): T => {
  try {
    return look();
  } catch {
    // What ended while it was looked at is not there.
    return empty;
  }
};

const readText = (path: string): string => orEmpty(() => readFileSync(path, 'utf8'), '');
const namesIn = (folder: string): readonly string[] => orEmpty(() => readdirSync(folder), []);
const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');

/** One line a process: number, birth, cgroup, network, folder, command. Kernel threads have no command and are left out. */
function processLine(pid: string): readonly string[] {
  const command = readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  if (command === '') return [];
  const stat = readText(`/proc/${pid}/stat`);
  const birth = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '?';
  const cgroup = linesOf(readText(`/proc/${pid}/cgroup`)).find((line) => line.startsWith('0::')) ?? '?';
  const network = orEmpty(() => readlinkSync(`/proc/${pid}/ns/net`), '?');
  const folder = orEmpty(() => readlinkSync(`/proc/${pid}/cwd`), '?');
  return [`process ${pid} born ${birth} ${cgroup} ${network} in ${folder}: ${command.slice(0, 300)}`];
}

const processes = (): readonly string[] =>
  namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processLine);

const intoNamespace = 'nsenter';

function listTables(network: string | null): readonly string[] {
  const enter = network === null ? [] : [`--net=/run/netns/${network}`];
  const listed = spawnSync(intoNamespace, [...enter, 'nft', 'list', 'tables'], {
    encoding: 'utf8',
    timeout: 5_000,
  });
  return linesOf(listed.stdout ?? '').map((line) => `nft in ${network ?? 'host'}: ${line}`);
}

function cgroupsBelow(folder: string): readonly string[] {
  const entries = orEmpty(() => readdirSync(folder, { withFileTypes: true }), []);
  const groups = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  return groups.flatMap((group) => [`cgroup ${group}`, ...cgroupsBelow(group)]);
}

function cgroupMounts(): readonly string[] {
  const mounts = linesOf(readText('/proc/mounts')).map((line) => line.split(' '));
  return mounts.filter(([, , type]) => type === 'cgroup2').map(([, mount]) => mount ?? '');
}

/** Caches of the tools that run the tests, not of what they test. */
const toolCaches = /^(jest|tsx|node-compile-cache|v8-)/;

/** All lines, or only those that name what is looked for (on a machine that others use at the same time). */
export function takeCensus(only = /^/): Census {
  const namespaces = namesIn('/run/netns');
  const all = [
    ...processes(),
    ...namespaces.map((name) => `namespace ${name}`),
    ...namesIn('/sys/class/net').map((name) => `interface ${name}`),
    ...[null, ...namespaces.filter((name) => only.test(name))].flatMap(listTables),
    ...cgroupMounts().flatMap(cgroupsBelow),
    ...namesIn('/dev/shm').map((name) => `shared memory /dev/shm/${name}`),
    ...linesOf(readText('/proc/sysvipc/shm'))
      .slice(1)
      .map((line) => `sysv segment ${line.trim().split(/\s+/).slice(0, 5).join(' ')}`),
    ...namesIn(tmpdir())
      .filter((name) => !toolCaches.test(name))
      .map((name) => `temp ${join(tmpdir(), name)}`),
    ...namesIn('/etc/netns').map((name) => `resolver /etc/netns/${name}`),
  ];
  return new Set(all.filter((line) => only.test(line)));
}

/** What is there after and was not before, and what is gone that was. */
export interface CensusDifference {
  readonly left: readonly string[];
  readonly gone: readonly string[];
}

export function difference(before: Census, after: Census): CensusDifference {
  return {
    left: [...after].filter((line) => !before.has(line)),
    gone: [...before].filter((line) => !after.has(line)),
  };
}
