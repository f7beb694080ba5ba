import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../../../lib/lab/wait-until';
import { describeOnLab } from '../../lab/requirements';
import { deadline, startQuickCopier } from './copiers';
import { startRealStores, zoneA, zoneB } from './real-stores';

jest.setTimeout(60_000);

const megabyte = 1 << 20;
const run = (command: string, ...args: readonly string[]): void => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
};

describeOnLab('a target whose disk is full', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evt-full-'));
    run('mount', '-t', 'tmpfs', '-o', 'size=96m,mode=0777', 'tmpfs', folder);
  });
  afterEach(() => {
    run('umount', '-l', folder);
    rmSync(folder, { recursive: true });
  });

  it('is named as what it is, copies nothing twice, and goes on once there is space again', async () => {
    const stores = await startRealStores({ data: { [zoneB]: join(folder, 'data') } });
    try {
      const ballast = join(folder, 'ballast');
      const said: string[] = [];
      const log = (event: string, detail: Readonly<Record<string, unknown>>) =>
        void said.push(`${event}: ${String(detail['why'])}`);
      const copier = startQuickCopier(stores, zoneA, zoneB, { log });
      const { bucket } = stores.asWorkload.at(zoneA);
      await bucket.put('first', Buffer.alloc(1_000, 'a'), {}, deadline());
      expect(
        await stores.engine.waitUntilLevel(zoneA, zoneB, { epoch: 1, deadlineMs: 10_000 }),
      ).toMatchObject({
        level: true,
      });
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1M']);
      for (let index = 0; index < 5; index += 1)
        await bucket.put(`r/${index}`, Buffer.alloc(megabyte, String(index)), {}, deadline());
      await waitUntil({ what: 'it to be said', timeoutMs: 20_000 }, () =>
        said.some((line) => line.includes('no space left')),
      );
      expect(copier.status()).toMatchObject({ state: 'retrying' });
      rmSync(ballast);
      expect(
        await stores.engine.waitUntilLevel(zoneA, zoneB, { epoch: 1, deadlineMs: 20_000 }),
      ).toMatchObject({
        level: true,
      });
      await copier.stop();
      const { versions } = await stores.stores.at(zoneB).bucket.list({ after: null }, deadline());
      expect(versions.map(({ key }) => key)).toEqual(['first', 'r/0', 'r/1', 'r/2', 'r/3', 'r/4']);
    } finally {
      await stores.close();
    }
  });
});

describeOnLab('a writer whose disk is full', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'evt-full-'));
    run('mount', '-t', 'tmpfs', '-o', 'size=96m,mode=0777', 'tmpfs', folder);
  });
  afterEach(() => {
    run('umount', '-l', folder);
    rmSync(folder, { recursive: true });
  });

  it('is called failed while its beacon is refused, is fenced by its power, and is well again with space', async () => {
    const stores = await startRealStores({ data: { [zoneA]: join(folder, 'data') } });
    try {
      const { engine } = stores;
      const ballast = join(folder, 'ballast');
      await engine.beacon(zoneA, 1, 2_000);
      expect(await engine.probe(zoneA, 2_000)).toMatchObject({ state: 'ok' });
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1M']);
      await expect(engine.beacon(zoneA, 2, 2_000)).rejects.toMatchObject({ name: 'StoreFull' });
      expect(await engine.probe(zoneA, 2_000)).toMatchObject({
        state: 'failed',
        reason: 'no space left: its beacon was refused',
      });
      expect(await engine.probe(zoneB, 2_000)).toMatchObject({ state: 'ok' });
      rmSync(ballast);
      await engine.beacon(zoneA, 3, 2_000);
      expect(await engine.probe(zoneA, 2_000)).toMatchObject({ state: 'ok' });
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=1M']);
      const fence = await engine.fence(
        zoneA,
        { mode: 'emergency', standbyEligible: true },
        { epoch: 2, deadlineMs: 8_000 },
      );
      expect(fence).toMatchObject({ kind: 'power', holds: true });
    } finally {
      await stores.close();
    }
  });
});
