import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder } from '../../../lib/cli/project-folder';
import type { ZoneId } from '../../../lib/domain/topology';
import { isTombstone, markOf } from '../../../lib/engines/object-store/held';
import { waitUntil } from '../../../lib/lab/wait-until';
import { deadline, waitWhole } from './copiers';
import type { RealStores } from './real-stores';
import { startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(120_000);

let stores: RealStores;
const children = new Map<ZoneId, ReturnType<typeof startCopier>>();

/** The copier's own process in one zone, as in a lab. */
function startCopier(zone: ZoneId) {
  const peer = zone === zoneA ? zoneB : zoneA;
  const options = {
    zone,
    folder: stores.filesOf(zone).folder,
    store: stores.accessOf(zone, 'evac').endpoint,
    listen: stores.addressOf(zone),
    port: '8085',
    peer: `http://${stores.addressOf(peer)}:8085`,
    'batch-interval-ms': '200',
    'scan-ms': '50',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const main = join(projectFolder, 'lib/lab/objects-copier/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    output: () => output,
    end: async (signal: NodeJS.Signals): Promise<number | null> => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}
const start = (zone: ZoneId): void => void children.set(zone, startCopier(zone));
const end = async (zone: ZoneId, signal: NodeJS.Signals): Promise<number | null | undefined> => {
  const code = await children.get(zone)?.end(signal);
  children.delete(zone);
  return code;
};

beforeEach(async () => {
  stores = await startRealStores();
});
afterEach(async () => {
  for (const zone of [...children.keys()]) await end(zone, 'SIGKILL');
  await stores.close();
});

interface Seen {
  readonly key: string;
  readonly versionId: string;
  readonly isDelete: boolean;
}

/** Every version of the source in its order, a delete of what is deleted left out, as its copies must be. */
async function sourceVersions(): Promise<readonly Seen[]> {
  const { versions } = await stores.stores.at(zoneA).bucket.list({ prefix: 'r/', after: null }, deadline());
  const seen: Seen[] = [];
  for (const { key, versionId, isMarker } of versions.toReversed()) {
    const before = seen.filter((each) => each.key === key).at(-1);
    if (!isMarker || before?.isDelete === false) seen.push({ key, versionId, isDelete: isMarker });
  }
  return seen;
}

async function copiedVersions(): Promise<readonly Seen[]> {
  const { bucket } = stores.stores.at(zoneB);
  const { versions } = await bucket.list({ prefix: 'r/', after: null }, deadline());
  return Promise.all(
    versions.toReversed().map(async ({ key, versionId }) => {
      const object = await bucket.get(key, deadline(), versionId);
      const metadata = object?.metadata ?? {};
      return { key, versionId: markOf(metadata)?.identity.versionId ?? '', isDelete: isTombstone(metadata) };
    }),
  );
}

const copiedSoFar = async (): Promise<number> =>
  (await stores.stores.at(zoneB).bucket.list({ prefix: 'r/', after: null }, deadline())).versions.length;

it('killed in the middle of its batches, on either side, it misses nothing and repeats nothing', async () => {
  const { bucket } = stores.asWorkload.at(zoneA);
  const write = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index += 1) {
      const key = `r/${index % 40}`;
      if (index % 7 === 6) await bucket.remove(key, deadline());
      else await bucket.put(key, Buffer.from(`${index} ${'x'.repeat(2_000)}`), {}, deadline());
    }
  };
  await write(0, 120);
  start(zoneB);
  start(zoneA);
  for (const [round, zone] of [zoneA, zoneB, zoneA, zoneB].entries()) {
    const before = await copiedSoFar();
    const what = `round ${round}: more than ${before} copies`;
    await waitUntil({ what, timeoutMs: 20_000, everyMs: 3 }, async () => (await copiedSoFar()) > before);
    await end(zone, 'SIGKILL');
    await write(120 + round * 20, 140 + round * 20);
    start(zone);
  }
  expect(await stores.engine.waitUntilLevel(zoneA, zoneB, { epoch: 1, deadlineMs: 30_000 })).toMatchObject({
    level: true,
  });
  const [wanted, got] = [await sourceVersions(), await copiedVersions()];
  expect(got).toEqual(wanted);
  expect(new Set(got.map(({ versionId }) => versionId)).size).toBe(got.length);
  expect(await end(zoneA, 'SIGTERM')).toBe(0);
});

it('ends by itself when a second one of its zone takes its place, and says so', async () => {
  start(zoneB);
  start(zoneA);
  await waitWhole(stores, zoneB);
  const first = children.get(zoneA);
  children.delete(zoneA);
  const { holder } = (await stores.stores.at(zoneB).cursor.read(deadline())).cursor;
  await stores.stores.at(zoneB).cursor.change((cursor) => ({ ...cursor, holder: 'another' }), deadline());
  expect(await first?.ended).toBe(4);
  expect(first?.output()).toContain('superseded');
  expect(holder).toMatch(/^az-a-/);
});

it('without what it needs to know it says what is missing, and ends with 2', async () => {
  const main = join(projectFolder, 'lib/lab/objects-copier/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--zone', zoneA], { cwd: projectFolder });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(2);
  expect(said).toContain('missing: --folder');
});
