import { beyond, beyondReason, gatingAmong, lossAt } from '../../lib/domain/decision/loss-bound';
import { Refused } from '../../lib/domain/errors';
import type { Operation } from '../../lib/domain/protocol/seat';
import type { Ports } from './ports';
import { ofEach } from './store-group';

/**
 * I3: a person accepted a loss up to so many seconds, and it grows until the old writer is fenced. Asked of the target
 * itself, just before the fence. Null: the price is kept, or none was named; an unknown loss is beyond any.
 */
export const priceBroken = async (ports: Ports, operation: Operation): Promise<Refused | null> => {
  const { stores, to, acceptLossSeconds, eligibleBefore } = operation;
  const { policy } = ports.topology;
  if (acceptLossSeconds === null) return null;
  // A proven standby loses nothing.
  const unproven = stores.filter((store) => eligibleBefore[store] !== to);
  const gating = gatingAmong(policy, unproven);
  const seen = await ofEach(ports, gating, (engine) => engine.probe(to, policy.probeTimeoutMs * 4));
  const nowMs = await ports.store.nowMs();
  const bounds = gating.map((store) =>
    lossAt({ component: store, to, nowMs, beaconMs: seen[store]?.replication?.beaconAtMs ?? null }),
  );
  const [worst] = beyond(bounds, acceptLossSeconds);
  if (worst === undefined) return null;
  const { code, sentence, numbers } = beyondReason(worst, acceptLossSeconds);
  return new Refused(code, sentence, numbers);
};
