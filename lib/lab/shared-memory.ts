import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processesIn } from './cgroups';
import type { LabRecord, ResourceOf } from './record';
import { runTool } from './run-tool';

type SysvSegment = ResourceOf<'sysv-segment'>;
type SharedMemoryFile = ResourceOf<'shared-memory'>;

/** A SysV segment as the kernel lists it. */
interface LiveSegment {
  readonly key: number;
  readonly id: number;
  readonly creatorPid: number;
  readonly attached: number;
}

/** Rows of /proc/sysvipc/shm: key, shmid, perms, size, creator, last user, attached … */
export function readSysvSegments(table = readFileSync('/proc/sysvipc/shm', 'utf8')): readonly LiveSegment[] {
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/).map(Number));
  return rows.flatMap(([key, id, , , creatorPid, , attached]) =>
    key === undefined || id === undefined || creatorPid === undefined || attached === undefined
      ? []
      : [{ key, id, creatorPid, attached }],
  );
}

/** PostgreSQL's, and what libfaketime shares with the processes whose clock it sets. */
const labFile = /\/dev\/shm\/(?:PostgreSQL\.|faketime_shm_|sem\.faketime_sem_)\d+/;

/** Shared-memory files of the lab's kind that a process has mapped now; none when the process is gone. */
export function mappedFiles(pid: number): readonly SharedMemoryFile[] {
  try {
    const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
    return lines.flatMap((line) => {
      const path = labFile.exec(line)?.[0];
      const inode = Number(line.split(/\s+/)[4]);
      return path === undefined ? [] : [{ kind: 'shared-memory' as const, path, inode }];
    });
  } catch {
    return [];
  }
}

const nameOf = (entry: SysvSegment | SharedMemoryFile): string =>
  entry.kind === 'sysv-segment' ? `sysv ${entry.id} ${entry.creatorPid}` : `${entry.path} ${entry.inode}`;

/**
 * Records the shared memory that the lab's living processes hold: after a SIGKILL nobody
 * can tell any more whose it was. To be called before anything is killed; a few ms.
 */
export function noteSharedMemory(record: LabRecord, cgroups: readonly string[]): void {
  const pids = cgroups.flatMap(processesIn);
  const segments = readSysvSegments()
    .filter((segment) => pids.includes(segment.creatorPid))
    .map(({ key, id, creatorPid }) => ({ kind: 'sysv-segment' as const, key, id, creatorPid }));
  const known = new Set(
    [...record.resourcesOf('sysv-segment'), ...record.resourcesOf('shared-memory')].map(nameOf),
  );
  for (const entry of [...segments, ...pids.flatMap(mappedFiles)]) {
    if (known.has(nameOf(entry))) continue;
    known.add(nameOf(entry));
    record.add(entry);
  }
}

/** Data folders below a folder, known by PG_VERSION; nothing inside them is looked at. */
function findDataFolders(folder: string, depth = 4): readonly string[] {
  if (!existsSync(folder)) return [];
  if (existsSync(join(folder, 'PG_VERSION'))) return [folder];
  if (depth === 0) return [];
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap((entry) => findDataFolders(join(folder, entry.name), depth - 1));
}

/**
 * The segment that postmaster.pid names: first line the creator, seventh "key id" (PostgreSQL's
 * miscadmin.h, LOCK_FILE_LINE_SHMEM_KEY). The file outlives a killed server.
 */
function segmentOfDataFolder(folder: string): readonly SysvSegment[] {
  const path = join(folder, 'postmaster.pid');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  const creatorPid = Number(lines[0]);
  const [key, id] = (lines[6] ?? '').trim().split(/\s+/).map(Number);
  if (key === undefined || id === undefined || Number.isNaN(creatorPid)) return [];
  return [{ kind: 'sysv-segment', key, id, creatorPid }];
}

/** Removes a segment only when key, id and creator are the recorded ones and nobody is attached. */
function removeSegment(segment: SysvSegment): readonly string[] {
  const live = readSysvSegments().find(
    (row) => row.id === segment.id && row.key === segment.key && row.creatorPid === segment.creatorPid,
  );
  if (live === undefined || live.attached > 0) return [];
  runTool({ command: 'ipcrm', args: ['-m', String(segment.id)], timeoutMs: 5_000 });
  return [`sysv segment ${segment.id}`];
}

const isMapped = (file: SharedMemoryFile): boolean => {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.some((pid) => mappedFiles(Number(pid)).some((mapped) => mapped.inode === file.inode));
};

function removeFile(file: SharedMemoryFile): readonly string[] {
  if (!existsSync(file.path) || statSync(file.path).ino !== file.inode || isMapped(file)) return [];
  rmSync(file.path);
  return [file.path];
}

/**
 * Removes what killed processes of this lab left: recorded segments and files, and the segments named
 * by the postmaster.pid of data folders in the lab's folder. What is in use, or is not exactly what was
 * recorded, stays. Answers what it removed. @throws CommandFailed when the kernel refuses.
 */
export function sweepSharedMemory(record: LabRecord): readonly string[] {
  const named = findDataFolders(record.layout.folder).flatMap(segmentOfDataFolder);
  return [
    ...[...record.resourcesOf('sysv-segment'), ...named].flatMap(removeSegment),
    ...record.resourcesOf('shared-memory').flatMap(removeFile),
  ];
}
