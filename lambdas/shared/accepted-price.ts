import { beyond, beyondReason, lossAt } from '../../lib/domain/decision/loss-bound';
import { Refused } from '../../lib/domain/errors';
import type { Operation } from '../../lib/domain/protocol/seat';
import { Component } from '../../lib/domain/topology';
import type { Ports } from './ports';

/**
 * I3: a person accepted a loss up to so many seconds, and it grows until the old writer is fenced. Asked of the target
 * itself, just before the fence. Null: the price is kept, or none was named; an unknown loss is beyond any.
 */
export const priceBroken = async (ports: Ports, operation: Operation): Promise<Refused | null> => {
  const { to, acceptLossSeconds } = operation;
  const { policy } = ports.topology;
  if (acceptLossSeconds === null) return null;
  const { replication } = await ports.postgres.probe(to, policy.probeTimeoutMs * 4);
  const nowMs = await ports.store.nowMs();
  const beaconOf = (component: Component): number | null =>
    component === Component.postgres ? (replication?.beaconAtMs ?? null) : null;
  const bounds = policy.rpoGates.map((component) =>
    lossAt({ component, to, nowMs, beaconMs: beaconOf(component) }),
  );
  const [worst] = beyond(bounds, acceptLossSeconds);
  if (worst === undefined) return null;
  const { code, sentence, numbers } = beyondReason(worst, acceptLossSeconds);
  return new Refused(code, sentence, numbers);
};
