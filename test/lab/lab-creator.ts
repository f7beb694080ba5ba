import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFaults } from '../../lib/lab/faults';
import { createZones } from '../../lib/lab/zones';
import { createZoneProcesses } from '../../lib/lab/zone-process';

/** Makes a lab with something in it and stays, to be killed at any moment (crash.test.ts). */
async function create(lab: string): Promise<void> {
  const zones = createZones({ lab, zones: ['az-a', 'az-b'] });
  await zones.up();
  const processes = createZoneProcesses(zones.record);
  for (const place of ['az-a', 'az-b', 'host']) {
    // Each with a child of its own, in a session of its own: what a group signal would miss.
    const args = ['-c', 'setsid sleep 300 & sleep 300'];
    processes.spawnInZone({ place, name: 'sleeper', command: '/bin/sh', args });
  }
  const faults = createFaults(zones.record);
  await faults.freeze('az-a');
  faults.cut('az-b');
  writeFileSync(join(zones.layout.folder, 'complete'), '');
  setInterval(() => undefined, 1_000);
}

void create(process.argv[2] ?? '');
