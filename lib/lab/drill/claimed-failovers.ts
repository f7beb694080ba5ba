import { OperationKind } from '../../domain/protocol/seat';
import type { DecisionRecord, StateStore } from '../../ports/state-store';

/** The failovers among the epochs after `from`, up to `to`: each claimed epoch has its decision on record. */
export const claimedFailovers = async (
  store: Pick<StateStore, 'readDecision'>,
  epochs: { readonly from: number; readonly to: number },
): Promise<readonly DecisionRecord[]> => {
  const found: DecisionRecord[] = [];
  for (let epoch = epochs.from + 1; epoch <= epochs.to; epoch += 1) {
    const record = await store.readDecision(epoch);
    if (record?.decision.operation?.kind === OperationKind.failover) found.push(record);
  }
  return found;
};
