import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { LabAlreadyUp, LabNameRefused, LeftBehind } from '../../lib/lab/lab-errors';
import { createRecord } from '../../lib/lab/record';
import { runTool } from '../../lib/lab/run-tool';
import { createZones } from '../../lib/lab/zones';
import { difference, takeCensus } from './census';
import { describeOnLab } from './requirements';
import { createEars } from './zone-ears';

const zoneNames = ['az-a', 'az-b', 'az-c'];
const lab = `evt-h1-z${process.pid}`;
const census = (): ReturnType<typeof takeCensus> => takeCensus(new RegExp(lab));

describeOnLab('zones of a lab', () => {
  const zones = createZones({ lab, zones: zoneNames });
  afterEach(() => zones.down());

  test('reach each other, clients and the Region, and leave nothing', async () => {
    const before = census();
    await zones.up();
    expect(zones.isUp()).toBe(true);
    const places = [...zoneNames, 'clients', 'region'];
    const { dial } = await createEars(zones, places);
    const pairs = places.flatMap((from) =>
      places.filter((to) => to !== from).map((to) => [from, to] as const),
    );
    const answers = await Promise.all(pairs.map(([from, to]) => dial(from, to)));
    expect(answers).toEqual(pairs.map(() => 'hello'));
    const kinds = difference(before, census()).left.map((line) => line.split(' ')[0]);
    const count = (kind: string): number => kinds.filter((each) => each === kind).length;
    expect(['process', 'namespace', 'nft', 'cgroup', 'temp'].map(count)).toEqual([5, 5, 1, 7, 1]);
    await zones.down();
    expect(difference(before, census())).toEqual({ left: [], gone: [] });
    expect(zones.isUp()).toBe(false);
  }, 60_000);

  test('are up within 200 ms', async () => {
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const startedAtMs = performance.now();
      await zones.up();
      tookMs.push(performance.now() - startedAtMs);
      await zones.down();
    }
    // The best of five: the machine is shared, and what is judged is the work, not the neighbours.
    expect(Math.min(...tookMs)).toBeLessThan(200);
  }, 30_000);

  test('touch neither the host’s interfaces nor its nft tables', async () => {
    // The census's own test, which may run at the same time, makes some of its own.
    const host = (): readonly string[] =>
      [...takeCensus(/^(interface|nft in host)/)].filter((line) => !/census/.test(line));
    const before = host();
    await zones.up();
    expect(host()).toEqual(before);
  });

  test('are refused a second time, and the first stays as it is', async () => {
    await zones.up();
    const before = census();
    await expect(createZones({ lab, zones: zoneNames }).up()).rejects.toThrow(LabAlreadyUp);
    await expect(createZones({ lab, zones: zoneNames }).up()).rejects.toThrow(/evac lab down/);
    expect(difference(before, census())).toEqual({ left: [], gone: [] });
  });

  test('of a name that somebody else uses are refused with the way out, and nothing is touched', async () => {
    runTool({ command: 'ip', args: ['netns', 'add', `${lab}-az-b`], timeoutMs: 5_000 });
    try {
      await expect(zones.up()).rejects.toThrow(`ip netns delete ${lab}-az-b`);
      expect(existsSync(zones.layout.folder)).toBe(false);
      expect(existsSync(`/run/netns/${lab}-az-b`)).toBe(true);
    } finally {
      runTool({ command: 'ip', args: ['netns', 'delete', `${lab}-az-b`], timeoutMs: 5_000 });
    }
  });

  test('are refused where the temp folder of that name belongs to somebody else', async () => {
    mkdirSync(zones.layout.folder);
    chownSync(zones.layout.folder, 65_534, 65_534);
    try {
      await expect(zones.up()).rejects.toThrow(/belongs to user 65534/);
      expect(zones.isUp()).toBe(false);
    } finally {
      rmdirSync(zones.layout.folder);
    }
  });

  test('that cannot be made are taken away again', async () => {
    const before = census();
    // An interface that cannot be: "all" is no name for one, which only the kernel knows.
    const impossible = createZones({ lab, zones: ['az-a', 'all'] });
    await expect(impossible.up()).rejects.toThrow(/ip .*-batch/);
    expect(difference(before, census())).toEqual({ left: [], gone: [] });
  });

  test('are ended by another process’s record, twice without harm', async () => {
    const before = census();
    await zones.up();
    const { record } = createZones({ lab, zones: zoneNames });
    await record.endEverything();
    await record.endEverything();
    expect(difference(before, census())).toEqual({ left: [], gone: [] });
  });

  test('say what could not be ended, and keep the record until it could', async () => {
    await zones.up();
    const stuck = `${zones.layout.cgroup}/az-a`;
    mkdirSync(`${stuck}/inner`);
    const record = createRecord(zones.layout);
    // A folder that is not a cgroup: removal is refused by the kernel.
    record.add({ kind: 'cgroup', path: '/proc/self/task' });
    await expect(record.endEverything()).rejects.toThrow(LeftBehind);
    expect(existsSync(zones.layout.recordPath)).toBe(true);
    expect(existsSync(stuck)).toBe(false);
    const kept = readFileSync(zones.layout.recordPath, 'utf8').split('\n');
    rmSync(zones.layout.folder, { recursive: true });
    expect(kept.some((line) => line.includes('/proc/self/task'))).toBe(true);
  });
});

describe('names', () => {
  const refused = [
    { lab: 'UPPER', zones: ['az-a'] },
    { lab: 'x', zones: ['../etc'] },
    { lab: 'x', zones: ['az-a', 'az-a'] },
    { lab: 'x', zones: ['region'] },
    { lab: 'x', zones: [] },
  ];
  test.each(refused)('$lab with $zones is refused', (options) => {
    expect(() => createZones(options)).toThrow(LabNameRefused);
  });

  test('of places that are none have no address', () => {
    const { addressOf, layout } = createZones({ lab: 'x', zones: zoneNames });
    expect(['region', ...zoneNames, 'clients'].map(addressOf)).toEqual([
      '198.18.0.1',
      '198.18.1.1',
      '198.18.2.1',
      '198.18.3.1',
      '198.18.4.1',
    ]);
    expect(() => addressOf('host')).toThrow(LabNameRefused);
    expect(() => layout.cgroupOf('az-x')).toThrow(/az-a, az-b, az-c/);
  });
});
