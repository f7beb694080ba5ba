import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { endResources } from './end-resources';
import type { LabLayout } from './layout';
import { identify } from './process-identity';
import { LabAlreadyUp, LabNameRefused } from './lab-errors';

const identity = { pid: z.number().int().positive(), startTicks: z.number().int().nonnegative() };

const resourceSchema = z.discriminatedUnion('kind', [
  // Who makes the zones, until they are made: ended first, so that it makes nothing more.
  z.object({ kind: z.literal('builder'), ...identity }),
  z.object({ kind: z.literal('built') }),
  z.object({ kind: z.literal('folder'), path: z.string() }),
  z.object({ kind: z.literal('cgroup'), path: z.string() }),
  z.object({ kind: z.literal('netns'), name: z.string() }),
  z.object({
    kind: z.literal('nft-table'),
    family: z.string(),
    name: z.string(),
    netns: z.string().nullable(),
  }),
  z.object({ kind: z.literal('mount'), path: z.string() }),
  z.object({ kind: z.literal('process'), place: z.string(), name: z.string(), ...identity }),
  z.object({ kind: z.literal('shared-memory'), path: z.string(), inode: z.number().int() }),
  z.object({
    kind: z.literal('sysv-segment'),
    key: z.number().int(),
    id: z.number().int(),
    creatorPid: z.number().int(),
  }),
]);

/** One thing on this machine that the lab made and has to take away again, or who is at it. */
type LabResource = z.infer<typeof resourceSchema>;
export type ResourceOf<Kind extends LabResource['kind']> = Extract<LabResource, { kind: Kind }>;

/** Append-only list of what a lab made. A line is written before the thing is made, so a crash leaves nothing unlisted. */
export interface LabRecord {
  readonly layout: LabLayout;
  /** True when a lab with this name has a record on this machine, made by whichever process. */
  exists(): boolean;
  /** Makes the lab's folder and starts the record. @throws LabAlreadyUp when there is one. */
  claim(): void;
  add(resource: LabResource): void;
  resources(): readonly LabResource[];
  resourcesOf<Kind extends LabResource['kind']>(kind: Kind): readonly ResourceOf<Kind>[];
  /** Ends all that was recorded, and the record itself. Does nothing when there is none. @throws LeftBehind */
  endEverything(): Promise<void>;
}

/** A line cut short by a crash was never followed by the thing it announces: it is not an entry. */
function parseLine(line: string): readonly LabResource[] {
  try {
    const entry = resourceSchema.safeParse(JSON.parse(line));
    return entry.success ? [entry.data] : [];
  } catch {
    return [];
  }
}

function claimFolder(layout: LabLayout): void {
  try {
    writeFileSync(layout.recordPath, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const message = `lab "${layout.lab}" is up already, or was left behind (${layout.recordPath}); run: evac lab down`;
    throw new LabAlreadyUp(message, { cause: error });
  }
}

/** The temp folder is everybody's: a folder of this name that somebody else made beforehand is not used. */
function makeFolder(layout: LabLayout): void {
  mkdirSync(layout.folder, { recursive: true, mode: 0o755 });
  const owner = statSync(layout.folder).uid;
  if (owner === process.getuid?.()) return;
  throw new LabNameRefused(`${layout.folder} belongs to user ${owner}; remove it or choose another lab name`);
}

/** The record of one lab, by its layout; any process may open it, at any time. */
export function createRecord(layout: LabLayout): LabRecord {
  const exists = (): boolean => existsSync(layout.recordPath);
  const resources = (): readonly LabResource[] =>
    exists() ? readFileSync(layout.recordPath, 'utf8').split('\n').flatMap(parseLine) : [];
  const resourcesOf = <Kind extends LabResource['kind']>(kind: Kind): readonly ResourceOf<Kind>[] =>
    resources().filter((entry): entry is ResourceOf<Kind> => entry.kind === kind);
  // The leading line break closes a line that a crash may have cut short.
  const add = (resource: LabResource): void => {
    appendFileSync(layout.recordPath, `\n${JSON.stringify(resource)}\n`);
  };
  const claim = (): void => {
    makeFolder(layout);
    claimFolder(layout);
    add({ kind: 'folder', path: layout.folder });
    const builder = identify(process.pid);
    if (builder !== null) add({ kind: 'builder', ...builder });
  };
  const record: LabRecord = {
    layout,
    exists,
    claim,
    add,
    resources,
    resourcesOf,
    endEverything: () => endResources(record),
  };
  return record;
}
