import { refuseDifferentCopies, refuseUnprovenCopies } from '../../lib/domain/consistency/record';
import type { Operation } from '../../lib/domain/protocol/seat';
import { OperationMode } from '../../lib/domain/protocol/seat';
import { isCompared } from '../../lib/domain/topology';
import type { Ports } from './ports';

/**
 * Before a planned move is claimed: what the newest comparisons of its stores say against it, as the policy has it. An
 * emergency never waits for a comparison.
 * @throws Refused `copies-differ`, `copies-not-compared`
 */
export async function requireNoDifferences(
  ports: Pick<Ports, 'store' | 'topology'>,
  { mode, stores: moving, from, to }: Pick<Operation, 'mode' | 'stores' | 'from' | 'to'>,
): Promise<void> {
  const { beforePlanned, proofMs } = ports.topology.verify;
  if (mode !== OperationMode.planned || beforePlanned === 'off') return;
  const stores = moving.filter(isCompared);
  const newest = await Promise.all(stores.map((store) => ports.store.newestCopies(store)));
  refuseDifferentCopies(newest, { from, to });
  if (beforePlanned !== 'required') return;
  refuseUnprovenCopies(newest, { from, to, stores, sinceMs: (await ports.store.nowMs()) - proofMs });
}
