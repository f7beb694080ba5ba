import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabNameRefused, LabNotUp } from './lab-errors';

/** Where load and clients run: a zone of its own, not one of the workload's. */
export const clientsPlace = 'clients';
/** The Region: the emulator and DNS; holds the bridge, outside every zone. */
export const regionPlace = 'region';
/** The machine's own network: only the loopback forwarder lives there. */
export const hostPlace = 'host';

/** The bridge table that holds the lab's faults, inside the Region's namespace. */
export const faultTable = 'evac';
/** All of a lab's addresses are in this one flat network (reserved for benchmarks, RFC 2544). */
export const networkPrefixLength = 15;

/** Every name and address of one lab, derived from its name and its zones, so that each process finds the same. */
export interface LabLayout {
  readonly lab: string;
  readonly zones: readonly string[];
  /** Zones and clients: everything that hangs on the bridge by a cable of its own. */
  readonly attached: readonly string[];
  /** All places with a cgroup: attached, region, host. */
  readonly places: readonly string[];
  readonly folder: string;
  readonly recordPath: string;
  readonly cgroup: string;
  namespaceOf(place: string): string;
  namespacePathOf(place: string): string;
  cgroupOf(place: string): string;
  addressOf(place: string): string;
  hardwareAddressOf(place: string): string;
}

/** The folder under which cgroup v2 is mounted; null when it is not. Unified and hybrid machines differ. */
export function findCgroupMount(mounts = readFileSync('/proc/mounts', 'utf8')): string | null {
  const line = mounts.split('\n').find((entry) => entry.split(' ')[2] === 'cgroup2');
  return line?.split(' ')[1] ?? null;
}

function requireCgroupMount(): string {
  const mount = findCgroupMount();
  if (mount === null) throw new LabNotUp('cgroup v2 is not mounted here; evac doctor says how to mount it');
  return mount;
}

const refuseUnless = (condition: boolean, message: string): void => {
  if (!condition) throw new LabNameRefused(message);
};

function checkNames(lab: string, zones: readonly string[]): void {
  const allowed = 'small letters, digits and -, beginning with a letter';
  refuseUnless(/^[a-z][a-z0-9-]{0,39}$/.test(lab), `lab name "${lab}" refused: at most 40 ${allowed}`);
  const reserved = [clientsPlace, regionPlace, hostPlace];
  for (const zone of zones) {
    // A zone's name is also its interface's, and those have at most 15 characters.
    refuseUnless(/^[a-z][a-z0-9-]{0,14}$/.test(zone), `zone name "${zone}" refused: at most 15 ${allowed}`);
    refuseUnless(
      !reserved.includes(zone),
      `zone name "${zone}" refused: reserved are ${reserved.join(', ')}`,
    );
  }
  refuseUnless(new Set(zones).size === zones.length, `zones refused: a name twice in ${zones.join(', ')}`);
  refuseUnless(zones.length >= 1 && zones.length <= 200, `zones refused: ${zones.length}, allowed 1 to 200`);
}

/**
 * Names and addresses of a lab: Region 198.18.0.1, the n-th zone 198.18.n.1, clients after the last zone.
 * @throws LabNameRefused for a name that cannot be an interface, cgroup or folder.
 */
export function createLayout(options: {
  readonly lab: string;
  readonly zones: readonly string[];
}): LabLayout {
  const { lab, zones } = options;
  checkNames(lab, zones);
  const attached = [...zones, clientsPlace];
  const places = [...attached, regionPlace, hostPlace];
  const folder = join(tmpdir(), `evac-${lab}`);
  const cgroup = join(requireCgroupMount(), `evac-${lab}`);
  const networkNumberOf = (place: string): number => {
    const known = place === regionPlace || attached.includes(place);
    if (!known)
      throw new LabNameRefused(`"${place}" has no address; known are ${attached.join(', ')}, region`);
    return place === regionPlace ? 0 : attached.indexOf(place) + 1;
  };
  const requirePlace = (place: string): string => {
    if (places.includes(place)) return place;
    throw new LabNameRefused(`"${place}" is no place of this lab; known are ${places.join(', ')}`);
  };
  const namespaceOf = (place: string): string => `${lab}-${requirePlace(place)}`;
  return {
    lab,
    zones,
    attached,
    places,
    folder,
    recordPath: join(folder, 'record.jsonl'),
    cgroup,
    namespaceOf,
    namespacePathOf: (place) => join('/run/netns', namespaceOf(place)),
    cgroupOf: (place) => join(cgroup, requirePlace(place)),
    addressOf: (place) => `198.18.${networkNumberOf(place)}.1`,
    hardwareAddressOf: (place) => `02:00:c6:12:${networkNumberOf(place).toString(16).padStart(2, '0')}:01`,
  };
}
