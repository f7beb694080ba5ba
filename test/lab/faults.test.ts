import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { processesIn } from '../../lib/lab/cgroups';
import { createFaults } from '../../lib/lab/faults';
import { isHealthy, parseFaultTable } from '../../lib/lab/faults-in-force';
import { LabNameRefused, LabNotUp } from '../../lib/lab/lab-errors';
import { isRunning } from '../../lib/lab/process-identity';
import { waitUntil } from '../../lib/lab/wait-until';
import { createZones } from '../../lib/lab/zones';
import { difference, takeCensus } from './census';
import { describeOnLab } from './requirements';
import type { ZoneEars } from './zone-ears';
import { createEars } from './zone-ears';

const lab = `evt-h1-f${process.pid}`;
const places = ['az-a', 'az-b', 'az-c', 'clients', 'region'];
const everyWay = places.flatMap((from) => places.filter((to) => to !== from).map((to) => `${from}>${to}`));

describeOnLab('faults', () => {
  const zones = createZones({ lab, zones: ['az-a', 'az-b', 'az-c'] });
  const faults = createFaults(zones.record);
  const before = takeCensus(new RegExp(lab));
  let ears: ZoneEars;

  beforeAll(async () => {
    await zones.up();
    ears = await createEars(zones, places);
  }, 30_000);
  afterEach(() => faults.healAll());
  afterAll(async () => {
    await zones.down();
    expect(difference(before, takeCensus(new RegExp(lab)))).toEqual({ left: [], gone: [] });
  });

  const isOpen = (way: string): Promise<boolean> => {
    const [from = '', to = ''] = way.split('>');
    return ears.hears(from, to);
  };
  /** The directions that are stopped, found by sending something along every one of them. */
  const stopped = async (): Promise<readonly string[]> => {
    const open = await Promise.all(everyWay.map(isOpen));
    return everyWay.filter((_, index) => !open[index]);
  };
  const waysOf = (place: string, which: 'in' | 'out' | 'both'): readonly string[] =>
    everyWay.filter((way) => {
      const [from, to] = way.split('>');
      return (which !== 'in' && from === place) || (which !== 'out' && to === place);
    });

  test('none: everybody hears everybody', async () => {
    expect(await stopped()).toEqual([]);
    expect(isHealthy(faults.current())).toBe(true);
  });

  const cases = [
    {
      name: 'cut az-a',
      act: () => faults.cut('az-a'),
      ways: waysOf('az-a', 'both'),
      shown: { cut: ['az-a'] },
    },
    {
      name: 'cut clients',
      act: () => faults.cut('clients'),
      ways: waysOf('clients', 'both'),
      shown: { cut: ['clients'] },
    },
    {
      name: 'cut pair az-a az-b',
      act: () => faults.cutPair('az-a', 'az-b'),
      ways: ['az-a>az-b', 'az-b>az-a'],
      shown: {
        oneWay: [
          { from: 'az-a', to: 'az-b' },
          { from: 'az-b', to: 'az-a' },
        ],
      },
    },
    {
      name: 'cut pair az-b region',
      act: () => faults.cutPair('az-b', 'region'),
      ways: ['az-b>region', 'region>az-b'],
      shown: {
        oneWay: [
          { from: 'az-b', to: 'region' },
          { from: 'region', to: 'az-b' },
        ],
      },
    },
    {
      name: 'cut one way az-a to az-b',
      act: () => faults.cutOneWay('az-a', 'az-b'),
      ways: ['az-a>az-b'],
      shown: { oneWay: [{ from: 'az-a', to: 'az-b' }] },
    },
    {
      name: 'cut one way az-a to region',
      act: () => faults.cutOneWay('az-a', 'region'),
      ways: ['az-a>region'],
      shown: { oneWay: [{ from: 'az-a', to: 'region' }] },
    },
    {
      name: 'cut one way region to az-a',
      act: () => faults.cutOneWay('region', 'az-a'),
      ways: ['region>az-a'],
      shown: { oneWay: [{ from: 'region', to: 'az-a' }] },
    },
    {
      name: 'cut outgoing of az-b',
      act: () => faults.cutOutgoing('az-b'),
      ways: waysOf('az-b', 'out'),
      shown: { outgoing: ['az-b'] },
    },
    {
      name: 'cut incoming of az-b',
      act: () => faults.cutIncoming('az-b'),
      ways: waysOf('az-b', 'in'),
      shown: { incoming: ['az-b'] },
    },
    {
      name: 'loss of 100 % at az-c',
      act: () => faults.loss('az-c', 100),
      ways: waysOf('az-c', 'both'),
      shown: { loss: [{ zone: 'az-c', percent: 100 }] },
    },
  ];
  const none = { killed: [], cut: [], outgoing: [], incoming: [], oneWay: [], loss: [], frozen: [] };

  test.each(cases)(
    '$name: exactly those ways, read back, and healed at once',
    async ({ act, ways, shown }) => {
      const instants = act();
      expect(instants.inForceAtMs - instants.startedAtMs).toBeLessThan(1_000);
      const inForce = faults.current();
      expect({ ...inForce, oneWay: [...inForce.oneWay].sort((a, b) => (a.from < b.from ? -1 : 1)) }).toEqual({
        ...none,
        ...shown,
      });
      expect([...(await stopped())].sort()).toEqual([...ways].sort());
      // Twice the same fault is the same fault.
      act();
      const touched = ways[0]?.split('>')[0] ?? '';
      faults.heal(touched === 'region' || ways.length > 2 ? 'az-a' : touched);
      for (const place of places) faults.heal(place);
      expect(faults.current()).toEqual(none);
      expect(await stopped()).toEqual([]);
    },
    30_000,
  );

  test('heal of one zone leaves the faults of another', async () => {
    faults.cut('az-a');
    faults.cutPair('az-b', 'az-c');
    faults.loss('az-b', 40);
    faults.heal('az-a');
    expect(faults.current()).toMatchObject({ cut: [], loss: [{ zone: 'az-b', percent: 40 }] });
    faults.heal('az-b');
    expect(faults.current()).toEqual(none);
  });

  test('a one-way cut lasts: no ARP answer is missed that would stop the other way too', async () => {
    faults.cutOneWay('az-a', 'az-b');
    expect(await ears.dial('az-a', 'az-b')).toBe('silent');
    expect(await ears.hears('az-b', 'az-a')).toBe(true);
    expect(readFileSync('/proc/net/arp', 'utf8')).not.toContain('198.18.');
  });

  test('loss takes about that share, each way for itself; 0 ends it', async () => {
    faults.loss('az-a', 50);
    for (const [from, to] of [
      ['az-a', 'az-b'],
      ['region', 'az-a'],
    ] as const) {
      // 400 tosses: below 130 or above 270 is seven standard deviations away from half.
      const heard = await ears.countHeard(from, to, 400);
      expect(heard).toBeGreaterThan(130);
      expect(heard).toBeLessThan(270);
    }
    faults.loss('az-a', 10);
    expect(faults.current().loss).toEqual([{ zone: 'az-a', percent: 10 }]);
    faults.loss('az-a', 0);
    faults.loss('az-a', 0);
    expect(faults.current().loss).toEqual([]);
    expect(await ears.countHeard('az-a', 'az-b', 100)).toBe(100);
  }, 30_000);

  test('frozen: silent but not refused, and goes on where it was', async () => {
    const { startedAtMs, inForceAtMs } = await faults.freeze('az-b');
    expect(inForceAtMs - startedAtMs).toBeLessThan(1_000);
    expect(faults.current()).toEqual({ ...none, frozen: ['az-b'] });
    expect(await ears.dial('az-a', 'az-b')).toBe('silent');
    await faults.thaw('az-b');
    expect(faults.current()).toEqual(none);
    expect(await ears.dial('az-a', 'az-b')).toBe('hello');
  });

  test('heal does not thaw, healAll does', async () => {
    await faults.freeze('az-b');
    faults.heal('az-b');
    expect(faults.current().frozen).toEqual(['az-b']);
    await faults.healAll();
    expect(faults.current()).toEqual(none);
  });

  test('killed: all its processes die, nobody is told, and it stays cut off until healed', async () => {
    const zone = 'az-c';
    const child = ears.processes.spawnInZone({
      place: zone,
      name: 'parent',
      command: '/bin/sh',
      args: ['-c', 'sleep 300 & sleep 300'],
    });
    // The ear, the shell and its two children.
    const all = (): boolean => processesIn(zones.layout.cgroupOf(zone)).length === 4;
    await waitUntil({ what: 'four processes', timeoutMs: 5_000 }, all);
    const killed = await faults.kill(zone);
    expect(killed.cutAtMs).toBeGreaterThanOrEqual(killed.startedAtMs);
    expect(killed.diedAtMs - killed.startedAtMs).toBeLessThan(1_000);
    expect(processesIn(zones.layout.cgroupOf(zone))).toEqual([]);
    expect(isRunning(child)).toBe(false);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(faults.current()).toEqual({ ...none, killed: [zone] });
    // Silent: a machine without power refuses nothing.
    expect(await ears.dial('az-a', zone)).toBe('silent');
    faults.heal(zone);
    expect(await ears.dial('az-a', zone)).toBe('ECONNREFUSED');
  }, 30_000);

  test('a connection that was open when its zone was killed hears nothing of it', async () => {
    const program = `
      const peer = require('node:net').connect(9000, process.argv[1]);
      peer.on('data', (data) => console.log('heard ' + data)); peer.on('connect', () => peer.write('hello'));
      peer.on('error', (error) => console.log('error ' + error.code)); peer.on('end', () => console.log('end'));`;
    const args = ['-e', program, zones.addressOf('az-a')];
    const caller = ears.processes.spawnInZone({
      place: 'clients',
      name: 'caller',
      command: process.execPath,
      args,
    });
    const log = (): string => readFileSync(caller.logPath, 'utf8');
    await waitUntil({ what: 'hello', timeoutMs: 5_000 }, () => log().includes('heard hello'));
    await faults.kill('az-a');
    // A FIN or RST would be here within a millisecond; that nothing comes can only be waited for.
    await pause(300);
    expect(log().trim()).toBe('heard hello');
  }, 30_000);

  test('of places and shares that are none are refused before anything happens', () => {
    expect(() => faults.cut('az-x')).toThrow(LabNameRefused);
    expect(() => faults.cut('region')).toThrow(/az-a, az-b, az-c, clients/);
    expect(() => faults.cutPair('az-a', 'az-a')).toThrow(/cannot be cut from itself/);
    expect(() => faults.cutOneWay('az-a', 'host')).toThrow(LabNameRefused);
    expect(() => faults.heal('host')).toThrow(LabNameRefused);
    for (const percent of [-1, 101, 2.5]) expect(() => faults.loss('az-a', percent)).toThrow(/whole numbers/);
    expect(faults.current()).toEqual(none);
  });

  test('of a lab that is not up are refused', () => {
    const nowhere = createFaults(createZones({ lab: `${lab}-no`, zones: ['az-a'] }).record);
    expect(() => nowhere.cut('az-a')).toThrow(LabNotUp);
    expect(() => nowhere.current()).toThrow(/evac lab up/);
  });

  test('another shape of nft’s answer is an error, not "no faults"', () => {
    expect(() =>
      parseFaultTable('{"nftables":[{"set":{"name":"cut","elem":[{"range":["a","b"]}]}}]}'),
    ).toThrow();
  });
});
