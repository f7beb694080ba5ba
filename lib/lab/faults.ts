import { existsSync } from 'node:fs';
import { freezeCgroup, isFrozen, killUntilEmpty, thawCgroup } from './cgroups';
import type { FaultsInForce } from './faults-in-force';
import { parseFaultTable } from './faults-in-force';
import { faultSets, lossChain, lossRule } from './fault-rules';
import type { LabLayout } from './layout';
import { faultTable, regionPlace } from './layout';
import { LabNameRefused, LabNotUp } from './lab-errors';
import type { LabRecord } from './record';
import { requireExecutable, runTool } from './run-tool';
import { noteSharedMemory } from './shared-memory';

const toolDeadlineMs = 5_000;

/** The fault injector's clock: what RTO is measured from. Wall times in ms since 1970, with fractions. */
export interface FaultInstants {
  /** The moment before the first act: RTO counts from here, so that it is never flattered. */
  readonly startedAtMs: number;
  /** The moment the kernel has confirmed that the fault is in force, or healed. */
  readonly inForceAtMs: number;
  /** The same start on the machine's monotonic clock (process.hrtime), ms: equal in all its processes. */
  readonly startedAtMonotonicMs: number;
}

interface KillInstants extends FaultInstants {
  /** The network was cut; nothing that the zone's processes do after it is seen by anybody. */
  readonly cutAtMs: number;
  /** The last process of the zone was gone. */
  readonly diedAtMs: number;
}

export interface Faults {
  /** Cuts the network and kills every process of the zone, in that order and within a few ms: no FIN, no RST escapes. */
  kill(zone: string): Promise<KillInstants>;
  freeze(place: string): Promise<FaultInstants>;
  thaw(place: string): Promise<FaultInstants>;
  cut(zone: string): FaultInstants;
  /** Either may be `region`. */
  cutPair(a: string, b: string): FaultInstants;
  cutOneWay(from: string, to: string): FaultInstants;
  cutOutgoing(zone: string): FaultInstants;
  cutIncoming(zone: string): FaultInstants;
  /** Drops so many percent of the zone's packets at random, each direction for itself; 0 ends it. */
  loss(zone: string, percent: number): FaultInstants;
  /** Ends the network faults that touch a zone; its processes stay dead or frozen. */
  heal(place: string): FaultInstants;
  /** Ends all network faults, then thaws every place. */
  healAll(): Promise<FaultInstants>;
  /** What is in force, read back from nft and the cgroups. @throws LabNotUp */
  current(): FaultsInForce;
}

interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Date.now() and not performance.timeOrigin: the ledger's process reads the same clock. */
const now = (): Instant => ({ wallMs: Date.now(), monotonicMs: Number(process.hrtime.bigint()) / 1e6 });

const instantsSince = (started: Instant): FaultInstants => ({
  startedAtMs: started.wallMs,
  inForceAtMs: now().wallMs,
  startedAtMonotonicMs: started.monotonicMs,
});

const element = (verb: 'add' | 'delete', set: string, value: string): string =>
  `${verb} element bridge ${faultTable} ${set} { ${value} }`;

/** Deleting what is not there is an error to nft, adding what is there is none: so both, in one transaction. */
const withdrawn = (set: string, value: string): readonly string[] => [
  element('add', set, value),
  element('delete', set, value),
];

const quoted = (place: string): string => `"${place}"`;

/** Which set stops packets from one place to another, and the element in it. */
function oneWay(from: string, to: string): readonly [string, string] {
  if (from === regionPlace) return [faultSets.fromRegion, quoted(to)];
  if (to === regionPlace) return [faultSets.toRegion, quoted(from)];
  return [faultSets.pair, `${quoted(from)} . ${quoted(to)}`];
}

function runNft(layout: LabLayout, args: readonly string[], input = ''): string {
  const network = layout.namespacePathOf(regionPlace);
  if (!existsSync(network))
    throw new LabNotUp(`lab "${layout.lab}" is not up: ${network} is missing; run: evac lab up`);
  const nft = [`--net=${network}`, requireExecutable('nft'), ...args];
  return runTool({ command: 'nsenter', args: nft, input, timeoutMs: toolDeadlineMs });
}

/** One transaction: all of it is in force, or none. */
function apply(layout: LabLayout, lines: readonly string[]): FaultInstants {
  const started = now();
  runNft(layout, ['-f', '-'], `${lines.join('\n')}\n`);
  return instantsSince(started);
}

/** Lines that end the loss of a zone: its element in the map has a value that is not known here. */
function lossWithdrawn(inForce: FaultsInForce, zone: string): readonly string[] {
  const lossy = inForce.loss.find((entry) => entry.zone === zone);
  return lossy === undefined ? [] : [element('delete', faultSets.loss, quoted(zone))];
}

function lossLines(inForce: FaultsInForce, zone: string, percent: number): readonly string[] {
  if (percent === 0) return lossWithdrawn(inForce, zone);
  const chain = `bridge ${faultTable} ${lossChain(percent)}`;
  return [
    ...lossWithdrawn(inForce, zone),
    `add chain ${chain}`,
    `flush chain ${chain}`,
    `add rule ${chain} ${lossRule(percent)}`,
    element('add', faultSets.loss, `${quoted(zone)} : jump ${lossChain(percent)}`),
  ];
}

const zoneSets = [faultSets.killed, faultSets.cut, faultSets.outgoing, faultSets.incoming] as const;

/** Every line is harmless when the fault is not there, so nothing has to be read before a heal, except losses. */
function healLines(layout: LabLayout, inForce: FaultsInForce, place: string): readonly string[] {
  const others = [regionPlace, ...layout.attached].filter((other) => other !== place);
  const pairs = others.flatMap((other) => [oneWay(place, other), oneWay(other, place)]);
  const own = place === regionPlace ? [] : zoneSets.map((set) => [set, quoted(place)] as const);
  return [
    ...[...own, ...pairs].flatMap(([set, value]) => withdrawn(set, value)),
    ...lossWithdrawn(inForce, place),
  ];
}

const healAllLines = (): readonly string[] =>
  Object.values(faultSets).map(
    (set) => `flush ${set === faultSets.loss ? 'map' : 'set'} bridge ${faultTable} ${set}`,
  );

function readInForce(layout: LabLayout): FaultsInForce {
  const listed = parseFaultTable(runNft(layout, ['-j', 'list', 'table', 'bridge', faultTable]));
  return { ...listed, frozen: layout.places.filter((place) => isFrozen(layout.cgroupOf(place))) };
}

async function killZone(record: LabRecord, zone: string): Promise<KillInstants> {
  const cgroup = record.layout.cgroupOf(zone);
  noteSharedMemory(record, [cgroup]);
  const cut = apply(record.layout, [element('add', faultSets.killed, quoted(zone))]);
  await killUntilEmpty(cgroup);
  const diedAtMs = Date.now();
  return { ...cut, cutAtMs: cut.inForceAtMs, diedAtMs, inForceAtMs: diedAtMs };
}

async function healEverything(layout: LabLayout): Promise<FaultInstants> {
  const healed = apply(layout, healAllLines());
  for (const place of layout.places) await thawCgroup(layout.cgroupOf(place));
  return { ...healed, inForceAtMs: Date.now() };
}

async function timed(act: () => Promise<void>): Promise<FaultInstants> {
  const started = now();
  await act();
  return instantsSince(started);
}

/** Only what hangs on the bridge by a cable can be cut from it; `region` is the other end of all cables. */
function requireAttached(layout: LabLayout, places: readonly string[], allowed: readonly string[]): void {
  const wrong = places.find((place) => !allowed.includes(place));
  if (wrong !== undefined)
    throw new LabNameRefused(
      `fault refused: "${wrong}" is not one of ${allowed.join(', ')} in lab "${layout.lab}"`,
    );
}

/** Real faults for a lab that is up. Network faults are in force when the call returns (about 6 ms). */
export function createFaults(record: LabRecord): Faults {
  const { layout } = record;
  const checkZone = (zone: string): string => {
    requireAttached(layout, [zone], layout.attached);
    return zone;
  };
  const checkEnds = (from: string, to: string): void => {
    requireAttached(layout, [from, to], [...layout.attached, regionPlace]);
    if (from === to) throw new LabNameRefused(`fault refused: "${from}" cannot be cut from itself`);
  };
  const addTo = (set: string, zone: string): FaultInstants =>
    apply(layout, [element('add', set, quoted(checkZone(zone)))]);
  const cutWays = (ways: readonly (readonly [string, string])[]): FaultInstants => {
    ways.forEach(([from, to]) => checkEnds(from, to));
    return apply(
      layout,
      ways.map(([from, to]) => element('add', ...oneWay(from, to))),
    );
  };
  const checkPercent = (percent: number): number => {
    if (Number.isInteger(percent) && percent >= 0 && percent <= 100) return percent;
    throw new LabNameRefused(`loss refused: ${percent} percent; allowed are whole numbers from 0 to 100`);
  };
  return {
    kill: (zone) => killZone(record, checkZone(zone)),
    freeze: (place) => timed(() => freezeCgroup(layout.cgroupOf(place))),
    thaw: (place) => timed(() => thawCgroup(layout.cgroupOf(place))),
    cut: (zone) => addTo(faultSets.cut, zone),
    cutPair: (a, b) =>
      cutWays([
        [a, b],
        [b, a],
      ]),
    cutOneWay: (from, to) => cutWays([[from, to]]),
    cutOutgoing: (zone) => addTo(faultSets.outgoing, zone),
    cutIncoming: (zone) => addTo(faultSets.incoming, zone),
    loss: (zone, percent) =>
      apply(layout, lossLines(readInForce(layout), checkZone(zone), checkPercent(percent))),
    heal: (place) => {
      requireAttached(layout, [place], [...layout.attached, regionPlace]);
      return apply(layout, healLines(layout, readInForce(layout), place));
    },
    healAll: () => healEverything(layout),
    current: () => readInForce(layout),
  };
}
