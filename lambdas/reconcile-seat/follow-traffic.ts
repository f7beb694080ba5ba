import { DeadlineExceeded, Refused } from '../../lib/domain/errors';
import { ProbeState } from '../../lib/domain/observation';
import type { ZoneId } from '../../lib/domain/topology';
import { dataZones } from '../../lib/domain/topology';
import type { Weights } from '../../lib/domain/traffic/weights';
import { allTo, differs } from '../../lib/domain/traffic/weights';
import type { Ports } from '../shared/ports';
import { putTrafficRight } from '../shared/put-traffic-right';
import { readSeat } from '../shared/seat-access';
import { UNDO_DEADLINE_MS } from '../shared/settled';

export type Followed =
  | { readonly action: 'none'; readonly why: string }
  | { readonly action: 'shifted'; readonly weights: Weights; readonly why: string };

const requireServing = async ({ api, topology }: Ports, zone: ZoneId): Promise<void> => {
  const { state, reason } = await api.probe(zone, topology.policy.probeTimeoutMs * 4);
  if (state !== ProbeState.ok)
    throw new Refused(
      'target-not-healthy',
      `the API in ${zone}, where the writer is, is ${state} (${reason ?? 'no reason given'}); the traffic stays where it is`,
    );
};

/**
 * A guard left the traffic in another zone than the writer's; a person has seen to the cause and wants the two together
 * again, without a move. In one step, on an API that answers. @throws Refused, DeadlineExceeded, Unreachable
 */
export const followTraffic = async (ports: Ports): Promise<Followed> => {
  const seen = await readSeat(ports);
  const { operation, writer, epoch } = seen;
  if (operation !== null)
    return {
      action: 'none',
      why: `the ${operation.kind} of epoch ${epoch} holds the seat; wait for its end`,
    };
  await requireServing(ports, writer);
  await ports.store.apply({ type: 'follow-traffic', seen });
  const wanted = allTo(dataZones(ports.topology), writer);
  const weights = await ports.traffic.shift(wanted, UNDO_DEADLINE_MS);
  await putTrafficRight(ports, wanted, UNDO_DEADLINE_MS);
  if (differs(wanted, weights))
    throw new DeadlineExceeded(
      `traffic reads ${JSON.stringify(weights)}, wanted ${JSON.stringify(wanted)}; start this again`,
    );
  return { action: 'shifted', weights, why: `the traffic is with the writer in ${writer} again` };
};
