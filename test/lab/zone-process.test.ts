import { existsSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DeadlineExceeded } from '../../lib/domain/errors';
import { freezeCgroup, processesIn, thawCgroup } from '../../lib/lab/cgroups';
import { CommandFailed, LabNotUp } from '../../lib/lab/lab-errors';
import { writeNodeShim } from '../../lib/lab/node-shim';
import { endProcess, isRunning } from '../../lib/lab/process-identity';
import { waitUntil } from '../../lib/lab/wait-until';
import { createZones } from '../../lib/lab/zones';
import { createZoneProcesses } from '../../lib/lab/zone-process';
import { difference, takeCensus } from './census';
import { describeOnLab } from './requirements';

const lab = `evt-h1-p${process.pid}`;
const addresses = `console.log(Object.values(require('node:os').networkInterfaces()).flat().map((each) => each.address).join(' '))`;

describeOnLab('processes in zones', () => {
  const zones = createZones({ lab, zones: ['az-a', 'az-b'] });
  const { layout, record } = zones;
  const processes = createZoneProcesses(record);
  const before = takeCensus(new RegExp(lab));
  beforeAll(() => zones.up());
  afterAll(async () => {
    await zones.down();
    expect(difference(before, takeCensus(new RegExp(lab)))).toEqual({ left: [], gone: [] });
  });

  const node = (place: string, program: string): Promise<string> =>
    processes.runInZone({ place, command: process.execPath, args: ['-e', program], timeoutMs: 10_000 });

  test('see their zone’s network and are in its cgroup', async () => {
    expect((await node('az-b', addresses)).trim().split(' ')).toEqual(['127.0.0.1', '::1', '198.18.2.1']);
    expect(
      await node('az-b', `console.log(require('fs').readFileSync('/proc/self/cgroup', 'utf8'))`),
    ).toContain(`0::/evac-${lab}/az-b\n`);
  });

  test('on the host see the host’s network, and are found by the lab all the same', async () => {
    expect(await node('host', addresses)).not.toContain('198.18.');
    const options = { place: 'host', name: 'guest', command: 'sleep', args: ['300'] };
    const { pid } = processes.spawnInZone(options);
    await waitUntil({ what: 'the cgroup', timeoutMs: 5_000 }, () =>
      processesIn(layout.cgroupOf('host')).includes(pid),
    );
  });

  test('inherit nothing but what is given', async () => {
    process.env['EVT_SECRET'] = 'x';
    const env = { GIVEN: 'yes', PATH: '/usr/bin:/bin' };
    const options = { place: 'az-a', command: 'env', args: [], env, timeoutMs: 5_000 };
    const lines = (await processes.runInZone(options)).trim().split('\n');
    // Under `npm run catches` what tells a process to write its coverage is handed on, and nothing else.
    expect(lines.filter((line) => !/^(_|NODE_OPTIONS|NODE_V8_COVERAGE)=/.test(line)).sort()).toEqual([
      'GIVEN=yes',
      'PATH=/usr/bin:/bin',
    ]);
  });

  test('run as another user, with that user’s groups only', async () => {
    const options = { place: 'az-a', command: 'id', args: [], user: 'nobody', timeoutMs: 5_000 };
    const answer = await processes.runInZone(options);
    expect(answer).toMatch(/^uid=\d+\(nobody\)/);
    expect(answer).not.toContain('(root)');
    await expect(processes.runInZone({ ...options, user: 'no-such-user' })).rejects.toThrow(CommandFailed);
  });

  test('take input, and may end without reading it', async () => {
    const options = { place: 'az-a', args: [], timeoutMs: 5_000 };
    expect(await processes.runInZone({ ...options, command: 'cat', input: 'hello' })).toBe('hello');
    expect(await processes.runInZone({ ...options, command: 'true', input: 'x'.repeat(4_000_000) })).toBe('');
  });

  test('that fail say how, and what they said', async () => {
    const options = {
      place: 'az-a',
      command: '/bin/sh',
      args: ['-c', 'echo no good >&2; exit 7'],
      timeoutMs: 5_000,
    };
    await expect(processes.runInZone(options)).rejects.toThrow(/in az-a ended with 7: no good/);
    await expect(processes.runInZone({ ...options, command: '/no/such' })).rejects.toThrow(/No such file/);
    expect(() => processes.spawnInZone({ ...options, name: 'x', cwd: '/no/such/folder' })).toThrow(
      CommandFailed,
    );
  });

  test('that last too long are killed with what they started', async () => {
    const args = ['-c', 'sleep 300 & sleep 300'];
    const slow = processes.runInZone({ place: 'az-b', command: '/bin/sh', args, timeoutMs: 300 });
    await expect(slow).rejects.toThrow(DeadlineExceeded);
    const none = (): boolean => processesIn(layout.cgroupOf('az-b')).length === 0;
    await waitUntil({ what: 'an empty zone', timeoutMs: 5_000 }, none);
  });

  test('in a frozen zone never begin, and their deadline ends them all the same', async () => {
    const cgroup = layout.cgroupOf('az-b');
    await freezeCgroup(cgroup);
    const late = processes.runInZone({ place: 'az-b', command: 'true', args: [], timeoutMs: 200 });
    await expect(late).rejects.toThrow(DeadlineExceeded);
    await waitUntil({ what: 'an empty zone', timeoutMs: 5_000 }, () => processesIn(cgroup).length === 0);
    await thawCgroup(cgroup);
  });

  test('write to a log, are recorded by birth, and say how they ended', async () => {
    const args = ['-c', 'echo out; echo err >&2; exit 3'];
    const started = processes.spawnInZone({ place: 'az-a', name: 'talker', command: '/bin/sh', args });
    expect(record.resourcesOf('process')).toContainEqual(
      expect.objectContaining({
        pid: started.pid,
        startTicks: started.startTicks,
        name: 'talker',
        place: 'az-a',
      }),
    );
    expect(await started.exited).toEqual({ code: 3, signal: null });
    expect(readFileSync(started.logPath, 'utf8')).toBe('out\nerr\n');
    expect(isRunning(started)).toBe(false);
  });

  test('outlive the process that started them, in a session of their own', async () => {
    const program = `
      const { createZones } = require('./lib/lab/zones'); const { createZoneProcesses } = require('./lib/lab/zone-process');
      const { record } = createZones({ lab: ${JSON.stringify(lab)}, zones: ['az-a', 'az-b'] });
      createZoneProcesses(record).spawnInZone({ place: 'az-a', name: 'survivor', command: 'sleep', args: ['300'] });`;
    const started = spawnSync(process.execPath, ['--import', 'tsx', '-e', program], {
      timeout: 20_000,
      encoding: 'utf8',
    });
    expect(started).toMatchObject({ status: 0, signal: null });
    const survivor = record.resourcesOf('process').find(({ name }) => name === 'survivor');
    expect(survivor !== undefined && isRunning(survivor)).toBe(true);
    const session = readFileSync(`/proc/${survivor?.pid}/stat`, 'utf8').split(' ')[5];
    expect(session).toBe(String(survivor?.pid));
  }, 30_000);

  test('are ended politely, or not', async () => {
    const start = (script: string): ReturnType<typeof processes.spawnInZone> =>
      processes.spawnInZone({ place: 'az-a', name: 'ender', command: '/bin/sh', args: ['-c', script] });
    const polite = start('trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
    const ready = (): boolean => readFileSync(polite.logPath, 'utf8').includes('ready');
    await waitUntil({ what: 'the trap', timeoutMs: 5_000 }, ready);
    await endProcess(polite, 5_000);
    expect(readFileSync(polite.logPath, 'utf8')).toContain('bye');
    const deaf = start('trap "" TERM; echo deaf; while :; do sleep 0.05; done');
    await waitUntil({ what: 'deafness', timeoutMs: 5_000 }, () =>
      readFileSync(deaf.logPath, 'utf8').includes('deaf'),
    );
    await endProcess(deaf, 200);
    expect(await deaf.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await endProcess(deaf, 200);
  }, 20_000);

  test('are refused where there is no zone', async () => {
    expect(() => processes.spawnInZone({ place: 'az-x', name: 'x', command: 'true', args: [] })).toThrow(
      /az-a, az-b/,
    );
    const nowhere = createZones({ lab: `${lab}-no`, zones: ['az-a'] });
    const options = { place: 'az-a', command: 'true', args: [], timeoutMs: 1_000 };
    await expect(createZoneProcesses(nowhere.record).runInZone(options)).rejects.toThrow(LabNotUp);
    expect(existsSync(nowhere.layout.folder)).toBe(false);
  });

  describe('the node shim', () => {
    const folder = join(layout.folder, "shim's folder");
    beforeAll(() => writeNodeShim({ layout, folder, realNode: process.execPath }));

    const shim = (env: Record<string, string>, program: string): string => {
      const options = {
        env: { PATH: `${folder}:/usr/bin:/bin`, ...env },
        encoding: 'utf8' as const,
        timeout: 10_000,
      };
      return spawnSync('node', ['-e', program, 'one', 'two words'], options).stdout;
    };
    const cgroupOfSelf = `console.log(require('fs').readFileSync('/proc/self/cgroup', 'utf8'))`;

    test('puts a Lambda into its zone’s network and cgroup, arguments as they were', () => {
      expect(shim({ EVAC_ZONE: 'az-a' }, addresses)).toContain('198.18.1.1');
      expect(shim({ EVAC_ZONE: 'az-a' }, cgroupOfSelf)).toContain(`0::/evac-${lab}/az-a\n`);
      expect(shim({ EVAC_ZONE: 'az-a' }, 'console.log(JSON.stringify(process.argv.slice(1)))')).toBe(
        '["one","two words"]\n',
      );
    });

    test.each([{}, { EVAC_ZONE: '' }, { EVAC_ZONE: 'az-x' }, { EVAC_ZONE: '$(touch /tmp/evt-h1-owned)' }])(
      'is plain node for %j',
      (env) => {
        expect(shim(env, addresses)).not.toContain('198.18.');
        expect(existsSync('/tmp/evt-h1-owned')).toBe(false);
      },
    );

    test('is plain node where the namespace is not there', () => {
      const gone = createZones({ lab: `${lab}-gone`, zones: ['az-a'] });
      const other = join(layout.folder, 'other');
      const path = writeNodeShim({ layout: gone.layout, folder: other, realNode: process.execPath });
      const ran = spawnSync(path, ['-e', addresses], {
        env: { EVAC_ZONE: 'az-a' },
        encoding: 'utf8',
        timeout: 10_000,
      });
      expect(ran).toMatchObject({ status: 0 });
      expect(ran.stdout).not.toContain('198.18.');
      rmSync(other, { recursive: true });
    });
  });
});
