import { dataZones } from '../../lib/domain/topology';
import { trafficOf } from '../../lib/domain/traffic/traffic-of';
import type { Weights } from '../../lib/domain/traffic/weights';
import { differs } from '../../lib/domain/traffic/weights';
import type { Ports } from './ports';
import { readSeat } from './seat-access';

/** After a shift that no operation holds: somebody may have changed the seat between, and what it says now is what the traffic does. */
export const putTrafficRight = async (
  ports: Pick<Ports, 'store' | 'topology' | 'traffic'>,
  done: Weights,
  callMs: number,
): Promise<void> => {
  const belongs = trafficOf(await readSeat(ports), dataZones(ports.topology));
  if (belongs !== null && differs(belongs, done)) await ports.traffic.shift(belongs, callMs);
};
