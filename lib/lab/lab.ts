import { bringUp, bundlesIn, contextOf, deadlinesMs } from './bring-up';
import type { Opening } from './bring-up';
import type { Topology, ZoneId } from '../domain/topology';
import { kafkaOf, objectsOf } from '../domain/topology';
import { startWitnesses } from './deploy/invoke';
import type { Faults } from './faults';
import { createFaults } from './faults';
import { ensureParts } from './install-parts';
import type { LabFile } from './lab-file';
import { readLabFile } from './lab-file';
import { describeMachine } from './machine';
import { isRunning } from './process-identity';
import type { ServiceContext } from './zone-services';
import { startZone } from './zone-services';
import type { ZoneProcesses } from './zone-process';
import { createZoneProcesses } from './zone-process';
import type { Zones } from './zones';
import { createZones } from './zones';

export interface LabOptions {
  readonly topology: Topology;
  readonly configFile: string;
  readonly lab: string;
  readonly projectFolder: string;
  /** Progress for people, a line each. */
  readonly report: (line: string) => void;
}

export interface Lab {
  readonly options: LabOptions;
  readonly zones: Zones;
  readonly faults: Faults;
  readonly processes: ZoneProcesses;
  /** What is known of it; null when it is not up. */
  file(): LabFile | null;
  /** Parts, zones, emulator, deployment, engines, services. On failure or interruption all is ended again. */
  up(): Promise<LabFile>;
  down(): Promise<void>;
  /** Ends the faults of a zone and, when it was killed, starts its services as a machine that boots would. */
  revive(zone: ZoneId): Promise<void>;
  context(): ServiceContext;
}

/** One lab on this machine. Opening it touches nothing; another process may open the same by the same name. */
export const openLab = (options: LabOptions): Lab => {
  const zones = createZones({ lab: options.lab, zones: options.topology.zones.map(({ id }) => id) });
  const processes = createZoneProcesses(zones.record);
  const faults = createFaults(zones.record);
  const opening: Opening = { options, zones, processes };
  const context = (): ServiceContext => contextOf(opening, bundlesIn(opening));
  return {
    options,
    zones,
    faults,
    processes,
    context,
    file: () => readLabFile(zones.layout),
    up: async () => {
      await ensureParts(describeMachine(options.projectFolder), {
        install: true,
        wanted: {
          kafka: kafkaOf(options.topology) !== undefined,
          minio: objectsOf(options.topology) !== undefined,
        },
        report: options.report,
      });
      try {
        return await bringUp(opening);
      } catch (error) {
        await zones.down();
        throw error;
      }
    },
    down: () => zones.down(),
    revive: async (zone) => {
      await faults.thaw(zone);
      faults.heal(zone);
      if (hasServices(zones, zone)) return;
      startZone(context(), zone);
      await startWitness(opening, zone);
    },
  };
};

/** Its schedule would within the minute; a person who heals a zone, and a drill, need not wait for that. */
const startWitness = async ({ options, zones }: Opening, zone: ZoneId): Promise<void> => {
  const { topology } = options;
  const endpoint = readLabFile(zones.layout)?.endpoint;
  await startWitnesses({ endpoint, topology, timeoutMs: deadlinesMs.warm }, [zone]);
};

/** By the record, and not by the zone's cgroup: the emulator may have started a Lambda in a zone that is dead. */
const hasServices = (zones: Zones, zone: ZoneId): boolean =>
  zones.record.resourcesOf('process').some((entry) => entry.place === zone && isRunning(entry));
