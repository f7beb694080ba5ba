import { beyond, beyondReason, gatingAmong, limitAt, lossAt } from '../../lib/domain/decision/loss-bound';
import { Refused } from '../../lib/domain/errors';
import type { Operation } from '../../lib/domain/protocol/seat';
import { OperationMode } from '../../lib/domain/protocol/seat';
import { isAsynchronous } from '../../lib/domain/topology';
import type { Ports } from './ports';
import { ofEach } from './store-group';

/**
 * I3: a person accepted a loss up to so many seconds, what acknowledges alone may lose up to its objective, and both grow until
 * the old writer is fenced. Asked of the target itself, just before the fence. Null: that is kept, or there is nothing to
 * keep; an unknown loss is beyond any.
 */
export const priceBroken = async (ports: Ports, operation: Operation): Promise<Refused | null> => {
  const { stores, to, mode, acceptLossSeconds, eligibleBefore } = operation;
  const { policy } = ports.topology;
  const isEmergency = mode === OperationMode.emergency;
  // A proven standby loses nothing, but for what was not copied yet when nobody waits for it.
  const mayLose = stores.filter((store) =>
    isAsynchronous(store) ? isEmergency : acceptLossSeconds !== null && eligibleBefore[store] !== to,
  );
  const gating = gatingAmong(policy, mayLose);
  if (gating.length === 0) return null;
  const seen = await ofEach(ports, gating, (engine) => engine.probe(to, policy.probeTimeoutMs * 4));
  const nowMs = await ports.store.nowMs();
  const found = gating.flatMap((store) => {
    const limit = limitAt(ports.topology, store, acceptLossSeconds);
    const beaconMs = seen[store]?.replication?.beaconAtMs ?? null;
    return beyond([lossAt({ component: store, to, nowMs, beaconMs })], limit).map((bound) => ({
      bound,
      limit,
    }));
  });
  const [worst] = found;
  if (worst === undefined) return null;
  const { code, sentence, numbers } = beyondReason(worst.bound, worst.limit);
  return new Refused(code, sentence, numbers);
};
