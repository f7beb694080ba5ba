import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFaults } from '../../lib/lab/faults';
import { findPostgres } from '../../lib/lab/postgres-binaries';
import { runTool } from '../../lib/lab/run-tool';
import {
  mappedFiles,
  noteSharedMemory,
  readSysvSegments,
  sweepSharedMemory,
} from '../../lib/lab/shared-memory';
import { waitUntil } from '../../lib/lab/wait-until';
import { createZones } from '../../lib/lab/zones';
import { createZoneProcesses } from '../../lib/lab/zone-process';
import { describeOnPostgres } from './requirements';

const lab = `evt-h1-s${process.pid}`;
const user = 'nobody';

describeOnPostgres('shared memory of killed PostgreSQL servers', () => {
  const zones = createZones({ lab, zones: ['az-a', 'az-b'] });
  const { layout, record } = zones;
  const processes = createZoneProcesses(record);
  const faults = createFaults(record);
  const postgres = findPostgres()?.folder ?? '';
  afterEach(() => zones.down());

  const runAsUser = (place: string, command: string, args: readonly string[]): Promise<string> =>
    processes.runInZone({ place, command: join(postgres, command), args, user, timeoutMs: 60_000 });

  /** A server in a zone that holds both kinds of shared memory. Answers its data folder. */
  const startServer = async (place: string, dynamic: 'posix' | 'mmap'): Promise<string> => {
    const home = join(layout.folder, place);
    mkdirSync(home);
    runTool({ command: 'chown', args: [user, home], timeoutMs: 5_000 });
    const data = join(home, 'data');
    await runAsUser(place, 'initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']);
    writeFileSync(
      join(data, 'postgresql.conf'),
      `listen_addresses=''\nunix_socket_directories='${home}'\nfsync=off\ndynamic_shared_memory_type=${dynamic}\n`,
    );
    const server = { place, name: 'postgres', command: join(postgres, 'postgres'), args: ['-D', data], user };
    processes.spawnInZone(server);
    const ready = (): boolean =>
      existsSync(join(data, 'postmaster.pid')) &&
      readFileSync(join(data, 'postmaster.pid'), 'utf8').includes('ready');
    await waitUntil({ what: `PostgreSQL in ${place}`, timeoutMs: 30_000, everyMs: 20 }, ready);
    return data;
  };
  const pidOf = (data: string): number =>
    Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const segmentsOf = (pid: number): readonly unknown[] =>
    readSysvSegments().filter(({ creatorPid }) => creatorPid === pid);

  test('is swept after its zone was killed; the other zone’s, still in use, stays', async () => {
    await zones.up();
    const [dead, living] = [await startServer('az-a', 'posix'), await startServer('az-b', 'posix')];
    const [deadPid, livingPid] = [pidOf(dead), pidOf(living)];
    expect([segmentsOf(deadPid).length, segmentsOf(livingPid).length]).toEqual([1, 1]);
    await faults.kill('az-a');
    // The file that names the segment goes with a data folder that is made anew: the record still knows.
    rmSync(dead, { recursive: true });
    noteSharedMemory(record, [layout.cgroupOf('az-b')]);
    const removed = sweepSharedMemory(record);
    const kinds = new Set(removed.map((what) => what.split(' ')[0]?.replace(/\d+/, '')));
    expect([...kinds]).toEqual(['sysv', '/dev/shm/PostgreSQL.']);
    expect([segmentsOf(deadPid).length, segmentsOf(livingPid).length]).toEqual([0, 1]);
    expect(
      await runAsUser('az-b', 'psql', [
        '-h',
        join(layout.folder, 'az-b'),
        '-U',
        'postgres',
        '-XAtc',
        'select 7',
      ]),
    ).toBe('7\n');
    expect(sweepSharedMemory(record)).toEqual([]);
    await zones.down();
    expect(segmentsOf(livingPid)).toEqual([]);
  }, 120_000);

  test('is found by postmaster.pid when nobody noted it before the kill', async () => {
    await zones.up();
    // With mmap PostgreSQL keeps the rest in its data folder: /dev/shm/PostgreSQL.* bears no owner's mark.
    const data = await startServer('az-a', 'mmap');
    const pid = pidOf(data);
    writeFileSync(join(layout.cgroupOf('az-a'), 'cgroup.kill'), '1');
    const detached = (): boolean =>
      readSysvSegments().some((row) => row.creatorPid === pid && row.attached === 0);
    await waitUntil({ what: 'the end of the server', timeoutMs: 5_000 }, detached);
    expect(record.resourcesOf('sysv-segment')).toEqual([]);
    expect(sweepSharedMemory(record).length).toBe(1);
    expect(segmentsOf(pid)).toEqual([]);
  }, 60_000);

  test('of somebody else is never touched: same name, other birth', async () => {
    await zones.up();
    const id = Number(
      /\d+$/.exec(runTool({ command: 'ipcmk', args: ['-M', '64'], timeoutMs: 5_000 }).trim())?.[0],
    );
    const mine = readSysvSegments().find((row) => row.id === id);
    const file = `/dev/shm/PostgreSQL.${900_000_000 + process.pid}`;
    writeFileSync(file, '');
    try {
      const key = mine?.key ?? 0;
      const creatorPid = mine?.creatorPid ?? 0;
      record.add({ kind: 'sysv-segment', key, id, creatorPid: creatorPid + 1 });
      record.add({ kind: 'sysv-segment', key: key + 1, id, creatorPid });
      record.add({ kind: 'shared-memory', path: file, inode: 1 });
      record.add({ kind: 'shared-memory', path: `${file}0`, inode: 1 });
      await zones.down();
      expect(readSysvSegments()).toContainEqual(mine);
      expect(existsSync(file)).toBe(true);
    } finally {
      rmSync(file);
      runTool({ command: 'ipcrm', args: ['-m', String(id)], timeoutMs: 5_000 });
    }
  });
});

test('a process that is gone has nothing mapped', () => {
  expect(mappedFiles(4_194_304)).toEqual([]);
});

describe('the kernel’s table of segments', () => {
  test('is read row by row; a header alone is no segment', () => {
    const header = '       key      shmid perms                  size  cpid  lpid nattch   uid';
    const row = '   5432001         32   600                    56   815   900      5   105';
    expect(readSysvSegments(`${header}\n${row}\n`)).toEqual([
      { key: 5432001, id: 32, creatorPid: 815, attached: 5 },
    ]);
    expect(readSysvSegments(`${header}\n`)).toEqual([]);
  });
});
