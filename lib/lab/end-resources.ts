import { existsSync, readFileSync, rmSync } from 'node:fs';
import { killUntilEmpty, removeCgroup, thawCgroup } from './cgroups';
import { LeftBehind } from './lab-errors';
import { endProcess } from './process-identity';
import type { LabRecord, ResourceOf } from './record';
import { findExecutable, runTool } from './run-tool';
import { noteSharedMemory, sweepSharedMemory } from './shared-memory';

const toolDeadlineMs = 10_000;

/**
 * Kills a group and all that ever entered it. The kernel kills frozen processes too, so they are killed
 * first and the group is thawed after: a frozen primary must not come to life for a moment.
 */
async function endCgroup(path: string): Promise<void> {
  if (!existsSync(path)) return;
  await killUntilEmpty(path);
  await thawCgroup(path);
}

/** Whoever was on its way into the group when that was emptied is in it now: a creator that crashed had just started it. */
async function removeGroup(path: string): Promise<void> {
  if (!existsSync(path)) return;
  await killUntilEmpty(path);
  removeCgroup(path);
}

function endTable(table: ResourceOf<'nft-table'>): void {
  if (table.netns !== null && !existsSync(`/run/netns/${table.netns}`)) return;
  const enter = table.netns === null ? [] : [`--net=/run/netns/${table.netns}`];
  const nft = findExecutable('nft') ?? 'nft';
  // Added first, so that a table which was recorded and never made is no error.
  const input = `add table ${table.family} ${table.name}; delete table ${table.family} ${table.name}`;
  runTool({ command: 'nsenter', args: [...enter, nft, '-f', '-'], input, timeoutMs: toolDeadlineMs });
}

const isMounted = (path: string): boolean =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === path);

/** What was recorded and never mounted is no error. */
function endMount(path: string): void {
  if (isMounted(path)) runTool({ command: 'umount', args: [path], timeoutMs: toolDeadlineMs });
}

function endNamespace(name: string): void {
  if (!existsSync(`/run/netns/${name}`)) return;
  runTool({ command: 'ip', args: ['netns', 'delete', name], timeoutMs: toolDeadlineMs });
}

/** A builder that still builds would make new things behind our back; one that is done is none of our business. */
async function endBuilders(record: LabRecord): Promise<void> {
  if (record.resourcesOf('built').length > 0) return;
  for (const builder of record.resourcesOf('builder')) {
    if (builder.pid !== process.pid) await endProcess(builder);
  }
}

type Act = () => unknown;

/** From the living to the dead: processes, then what they held, then where they lived, the record's folder last. */
function actsInOrder(record: LabRecord): readonly (readonly [string, Act])[] {
  const processes = record.resourcesOf('process');
  const groups = record.resourcesOf('cgroup').map(({ path }) => path);
  // A group's parent is recorded before it: children have to go first.
  const groupsInnerFirst = [...groups].reverse();
  return [
    ['shared memory in use', () => noteSharedMemory(record, groups)],
    ...groupsInnerFirst.map((path) => [`processes of ${path}`, () => endCgroup(path)] as const),
    ...processes.map((entry) => [`process ${entry.pid} (${entry.name})`, () => endProcess(entry)] as const),
    ['shared memory', () => sweepSharedMemory(record)],
    ...record.resourcesOf('mount').map(({ path }) => [`mount ${path}`, () => endMount(path)] as const),
    ...record
      .resourcesOf('nft-table')
      .map((table) => [`nft table ${table.name}`, () => endTable(table)] as const),
    ...record
      .resourcesOf('netns')
      .map(({ name }) => [`namespace ${name}`, () => endNamespace(name)] as const),
    ...groupsInnerFirst.map((path) => [`cgroup ${path}`, () => removeGroup(path)] as const),
  ];
}

/** One thing that cannot be ended does not keep the others alive. */
async function failureOf([what, act]: readonly [string, Act]): Promise<readonly string[]> {
  try {
    await act();
    return [];
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/**
 * Ends all that a record lists, by id only; may be called again at any time, by any process.
 * @throws LeftBehind when something could not be ended; the record is kept then.
 */
export async function endResources(record: LabRecord): Promise<void> {
  if (!record.exists()) return;
  await endBuilders(record);
  const failures: string[] = [];
  for (const act of actsInOrder(record)) failures.push(...(await failureOf(act)));
  if (failures.length > 0) throw new LeftBehind(failures);
  for (const { path } of record.resourcesOf('folder')) rmSync(path, { recursive: true, force: true });
}
