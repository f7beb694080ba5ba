import { join } from 'node:path';
import { connect } from '../../lib/cli/connection';
import type { Connection } from '../../lib/cli/connection';
import { projectFolder } from '../../lib/cli/project-folder';
import { loadTopology } from '../../lib/config/load-topology';
import type { Seat } from '../../lib/domain/protocol/seat';
import { everyPlace } from '../../lib/lab/drill/places';
import { LOCAL_REGION } from '../../lib/lab/emulator/emulator';
import type { Lab } from '../../lib/lab/lab';
import { openLab } from '../../lib/lab/lab';
import { waitUntil } from '../../lib/lab/wait-until';

export const configFile = join(projectFolder, 'config/lab.yaml');
export const topology = loadTopology(configFile);

/** A lab of the tests' own, beside whatever a person has up. */
export const openTestLab = (lab: string): Lab =>
  openLab({ topology, configFile, lab, projectFolder, report: () => undefined });

export const connectTo = (lab: string): Promise<Connection> => connect(topology, { EVAC_LAB: lab });

/** Options of SDK clients for a test lab; there is no other place they could reach. */
export const clientOptions = (lab: Lab) => ({
  endpoint: lab.file()?.endpoint ?? 'http://127.0.0.1:1',
  region: LOCAL_REGION.region,
  credentials: LOCAL_REGION.credentials,
});

export const seatOf = async (connection: Connection): Promise<Seat> => {
  const seat = await connection.store.readSeat();
  if (seat === null) throw new Error('there is no seat');
  return seat;
};

/** Nothing running, this writer of every store, and a proven standby of each in the other data zone. */
export const waitUntilWhole = (connection: Connection, writer: string, timeoutMs = 120_000): Promise<void> =>
  waitUntil({ what: `the lab is whole with ${writer} as writer`, timeoutMs, everyMs: 100 }, async () => {
    const seat = await connection.store.readSeat();
    if (seat?.operation !== null) return false;
    return everyPlace(topology, seat, (place) => place.writer === writer && place.eligible !== null);
  });
