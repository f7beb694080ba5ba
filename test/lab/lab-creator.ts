import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFaults } from '../../lib/lab/faults';
import { createZones } from '../../lib/lab/zones';
import { createZoneProcesses } from '../../lib/lab/zone-process';

const stay = (): unknown => setInterval(() => undefined, 1_000);

/** Makes a lab with something in it and stays, to be killed at any moment (crash.test.ts). */
async function create(lab: string, untilWhen: string | undefined): Promise<void> {
  const zones = createZones({ lab, zones: ['az-a', 'az-b'] });
  if (untilWhen === 'stop-building') {
    zones.record.claim();
    return void stay();
  }
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
  stay();
}

void create(process.argv[2] ?? '', process.argv[3]);
