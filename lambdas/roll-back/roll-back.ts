import type { Failure, OperationRef } from '../../lib/contract/payload';
import { StaleEpoch } from '../../lib/domain/errors';
import { claimedEpoch } from '../shared/adopt';
import { failureSentence } from '../shared/failure-sentence';
import type { Ports } from '../shared/ports';
import type { Settled } from '../shared/settled';
import { settle } from '../shared/settle';

/** The whole state of the machine when a step failed. */
export interface RollBackInput {
  readonly request?: unknown;
  readonly operation?: OperationRef;
  readonly failure: Failure;
}

export const rollBack = async (input: RollBackInput, ports: Ports): Promise<Settled> => {
  const epoch = input.operation?.epoch ?? claimedEpoch(input.request);
  if (epoch === null) throw new StaleEpoch('the failed start names no epoch; there is nothing to undo');
  return settle(ports, epoch, failureSentence(input.failure));
};
