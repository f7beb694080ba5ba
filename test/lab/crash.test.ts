import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createZones } from '../../lib/lab/zones';
import { createZoneProcesses } from '../../lib/lab/zone-process';
import { waitUntil } from '../../lib/lab/wait-until';
import { difference, takeCensus } from './census';
import { describeOnLab } from './requirements';

const lab = `evt-h1-k${process.pid}`;
const zoneNames = ['az-a', 'az-b'];
const creator = join(__dirname, 'lab-creator.ts');

/** Starts a process that makes a lab, and kills it with SIGKILL once the condition holds. */
async function killCreatorWhen(condition: () => boolean): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', creator, lab], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await waitUntil({ what: 'the moment to kill the creator', timeoutMs: 20_000, everyMs: 1 }, condition);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

describeOnLab('a lab whose creator crashed', () => {
  const zones = createZones({ lab, zones: zoneNames });
  const { layout, record } = zones;
  const before = takeCensus(new RegExp(lab));
  const nothingLeft = (): void =>
    expect(difference(before, takeCensus(new RegExp(lab)))).toEqual({ left: [], gone: [] });
  afterEach(() => record.endEverything());

  test('when it was complete, frozen and faulty is ended by another process', async () => {
    await killCreatorWhen(() => existsSync(join(layout.folder, 'complete')));
    expect(record.resourcesOf('process').length).toBe(3);
    await expect(zones.up()).rejects.toThrow(/left behind/);
    await record.endEverything();
    nothingLeft();
    await zones.up();
  }, 40_000);

  test.each(['record.jsonl', 'logs/az-a-sleeper.log', 'logs/az-b-sleeper.log'])(
    'when it had just made %s is ended too',
    async (file) => {
      await killCreatorWhen(() => existsSync(join(layout.folder, file)));
      await record.endEverything();
      nothingLeft();
    },
    40_000,
  );

  test('while it was still building is ended for good: what builds is ended first', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', creator, lab, 'stop-building'], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    try {
      const isBuilding = (): boolean => record.resourcesOf('builder').length === 1;
      await waitUntil({ what: 'the record', timeoutMs: 20_000, everyMs: 5 }, isBuilding);
      await record.endEverything();
      expect(await Promise.race([ended, pause(5_000, 'lives on', { ref: false })])).toBe('SIGKILL');
      nothingLeft();
    } finally {
      child.kill('SIGKILL');
    }
  }, 40_000);

  test('between a start and its record: the cgroup still knows the process', async () => {
    await zones.up();
    const forgetful = { ...record, add: () => undefined };
    createZoneProcesses(forgetful).spawnInZone({
      place: 'az-a',
      name: 'lost',
      command: 'sleep',
      args: ['300'],
    });
    expect(record.resourcesOf('process')).toEqual([]);
    await record.endEverything();
    nothingLeft();
  });

  test('in the middle of a line: the torn line is no entry, the next one is', async () => {
    await zones.up();
    writeFileSync(layout.recordPath, '{"kind":"cgr', { flag: 'a' });
    const count = record.resources().length;
    record.add({ kind: 'netns', name: `${lab}-none` });
    expect(record.resources().length).toBe(count + 1);
    writeFileSync(layout.recordPath, '\n{"kind":"moon"}\n', { flag: 'a' });
    expect(record.resources().length).toBe(count + 1);
    await record.endEverything();
    nothingLeft();
  });
});
