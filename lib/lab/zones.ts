import { existsSync } from 'node:fs';
import { createCgroup } from './cgroups';
import { faultTableRules } from './fault-rules';
import type { LabLayout } from './layout';
import { createLayout, faultTable, networkPrefixLength, regionPlace } from './layout';
import { LabAlreadyUp } from './lab-errors';
import type { LabRecord } from './record';
import { createRecord } from './record';
import { requireExecutable, runTool } from './run-tool';

const toolDeadlineMs = 10_000;
const bridge = 'bridge';

/** Runs lines of `ip` in one process: 3 ms where one call a line would take 3 ms each. */
function ipBatch(namespace: string | null, lines: readonly string[]): void {
  const inNamespace = namespace === null ? [] : ['-n', namespace];
  const input = `${lines.join('\n')}\n`;
  runTool({ command: 'ip', args: [...inNamespace, '-batch', '-'], input, timeoutMs: toolDeadlineMs });
}

/**
 * Neighbours are written down, not asked for: an ARP question that a fault swallows would turn a one-way cut into a
 * two-way one, answer "no route to host" where a real network is silent, and stay stale after the heal.
 */
function neighbourLines(layout: LabLayout, place: string, device: string): readonly string[] {
  const others = [regionPlace, ...layout.attached].filter((other) => other !== place);
  return others.map((other) => {
    const [address, hardware] = [layout.addressOf(other), layout.hardwareAddressOf(other)];
    return `neigh add ${address} lladdr ${hardware} dev ${device} nud permanent`;
  });
}

/** Cables go from a zone's eth0 straight to a port in the Region's namespace; the host never sees them. */
const cableLine = (layout: LabLayout, place: string): string =>
  `link add name ${place} netns ${layout.namespaceOf(regionPlace)} type veth ` +
  `peer name eth0 address ${layout.hardwareAddressOf(place)} netns ${layout.namespaceOf(place)}`;

/** addrgenmode none: no IPv6 addresses, so no chatter and no second way around a fault. */
const zoneLines = (layout: LabLayout, place: string): readonly string[] => [
  'link set lo up',
  'link set eth0 addrgenmode none up',
  `addr add ${layout.addressOf(place)}/${networkPrefixLength} dev eth0`,
  ...neighbourLines(layout, place, 'eth0'),
];

const regionLines = (layout: LabLayout): readonly string[] => [
  'link set lo up',
  `link add ${bridge} address ${layout.hardwareAddressOf(regionPlace)} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
  `link set ${bridge} addrgenmode none up`,
  ...layout.attached.map((place) => `link set ${place} addrgenmode none master ${bridge} up`),
  `addr add ${layout.addressOf(regionPlace)}/${networkPrefixLength} dev ${bridge}`,
  ...neighbourLines(layout, regionPlace, bridge),
];

function makeNetwork(layout: LabLayout, record: LabRecord): void {
  const places = [regionPlace, ...layout.attached];
  for (const place of places) record.add({ kind: 'netns', name: layout.namespaceOf(place) });
  ipBatch(null, [
    ...places.map((place) => `netns add ${layout.namespaceOf(place)}`),
    ...layout.attached.map((place) => cableLine(layout, place)),
  ]);
  ipBatch(layout.namespaceOf(regionPlace), regionLines(layout));
  for (const place of layout.attached) ipBatch(layout.namespaceOf(place), zoneLines(layout, place));
}

function makeFaultTable(layout: LabLayout, record: LabRecord): void {
  const netns = layout.namespaceOf(regionPlace);
  record.add({ kind: 'nft-table', family: 'bridge', name: faultTable, netns });
  const args = [`--net=${layout.namespacePathOf(regionPlace)}`, requireExecutable('nft'), '-f', '-'];
  runTool({ command: 'nsenter', args, input: faultTableRules, timeoutMs: toolDeadlineMs });
}

function makeCgroups(layout: LabLayout, record: LabRecord): void {
  for (const path of [layout.cgroup, ...layout.places.map(layout.cgroupOf)]) {
    record.add({ kind: 'cgroup', path });
    createCgroup(path);
  }
}

/** Something with this lab's names that no record lists is not ours to end. */
function refuseStrangers(layout: LabLayout): void {
  const namespaces = [regionPlace, ...layout.attached].map(layout.namespaceOf);
  const found = [
    ...namespaces.filter((name) => existsSync(`/run/netns/${name}`)).map((name) => `ip netns delete ${name}`),
    ...(existsSync(layout.cgroup) ? [`rmdir ${layout.cgroup}/* ${layout.cgroup}`] : []),
  ];
  if (found.length === 0 || layoutIsRecorded(layout)) return;
  const message = `names of lab "${layout.lab}" are in use and no record says by whom; if by a lost lab: `;
  throw new LabAlreadyUp(message + found.join('; '));
}

const layoutIsRecorded = (layout: LabLayout): boolean => existsSync(layout.recordPath);

export interface Zones {
  readonly layout: LabLayout;
  readonly record: LabRecord;
  /**
   * Makes namespaces, bridge, cables, the empty fault table and cgroups; about 60 ms. On failure all is ended again.
   * @throws LabAlreadyUp when a lab with this name is up or was left behind.
   */
  up(): Promise<void>;
  /** Ends everything the record lists, processes included; does nothing when the lab is not up. @throws LeftBehind */
  down(): Promise<void>;
  isUp(): boolean;
  /** Region 198.18.0.1, the n-th zone 198.18.n.1, clients after the last zone. @throws LabNameRefused */
  addressOf(place: string): string;
}

/** The zones of one lab. Nothing is touched before up(); another process may open the same lab by the same options. */
export function createZones(options: { readonly lab: string; readonly zones: readonly string[] }): Zones {
  const layout = createLayout(options);
  const record = createRecord(layout);
  const make = (): void => {
    makeCgroups(layout, record);
    makeNetwork(layout, record);
    makeFaultTable(layout, record);
    record.add({ kind: 'built' });
  };
  const up = async (): Promise<void> => {
    refuseStrangers(layout);
    record.claim();
    try {
      make();
    } catch (error) {
      await record.endEverything();
      throw error;
    }
  };
  const isUp = (): boolean => record.exists() && existsSync(layout.namespacePathOf(regionPlace));
  return { layout, record, up, down: record.endEverything, isUp, addressOf: layout.addressOf };
}
