import { DeadlineExceeded, Refused } from '../../lib/domain/errors';
import { dataZones } from '../../lib/domain/topology';
import type { Balanced } from '../../lib/domain/traffic/balance';
import { balanceOf } from '../../lib/domain/traffic/balance-of';
import { trafficOf } from '../../lib/domain/traffic/traffic-of';
import type { Weights } from '../../lib/domain/traffic/weights';
import { differs } from '../../lib/domain/traffic/weights';
import { freshSnapshot } from '../shared/fresh-evidence';
import type { Ports } from '../shared/ports';
import { putTrafficRight } from '../shared/put-traffic-right';

/** What it reads, shifts, and may have to put right, each in its time: well within the function's minute. */
const CALL_MS = 8_000;

export type BalancedTraffic =
  | { readonly action: 'none'; readonly why: string }
  | { readonly action: 'shifted'; readonly weights: Weights; readonly why: string };

const none = (why: string): BalancedTraffic => ({ action: 'none', why });

const shiftTo = async (ports: Ports, { weights, why }: Balanced): Promise<BalancedTraffic> => {
  const found = await ports.traffic.shift(weights, CALL_MS);
  await putTrafficRight(ports, weights, CALL_MS);
  if (differs(weights, found))
    throw new DeadlineExceeded(
      `traffic reads ${JSON.stringify(found)}, wanted ${JSON.stringify(weights)}; the next minute tries again`,
    );
  ports.log.info('traffic balanced', { weights, why });
  return { action: 'shifted', weights, why };
};

/**
 * Active-active: weights that follow the zones' health, in the seat before they are shifted. Does nothing while an operation
 * holds the seat, and puts weights right that are not what the seat says.
 * @throws DeadlineExceeded, Unreachable
 */
export const balanceTraffic = async (ports: Ports): Promise<BalancedTraffic> => {
  const snapshot = await freshSnapshot(ports);
  const { seat: seen, nowMs } = snapshot;
  const wanted = balanceOf(snapshot);
  if (wanted === null) return none('mode is active-standby: the traffic goes with the writer');
  if (seen.operation !== null) return none(wanted.why);
  const bySeat = trafficOf(seen, dataZones(ports.topology)) ?? wanted.weights;
  if (differs(wanted.weights, bySeat)) {
    try {
      await ports.store.apply({ type: 'balance-traffic', seen, traffic: wanted.weights, nowMs });
    } catch (cause) {
      if (cause instanceof Refused) return none(cause.message);
      throw cause;
    }
    return shiftTo(ports, wanted);
  }
  const current = await ports.traffic.current(CALL_MS);
  return differs(bySeat, current) ? shiftTo(ports, { ...wanted, weights: bySeat }) : none(wanted.why);
};
