import type { Failure, OperationRef } from '../../lib/contract/payload';
import { StaleEpoch } from '../../lib/domain/errors';
import { claimedEpoch } from '../shared/adopt';
import type { Ports } from '../shared/ports';
import type { Settled } from '../shared/settle';
import { settle } from '../shared/settle';

/** The whole state of the machine when a step failed. */
export interface RollBackInput {
  readonly request?: unknown;
  readonly operation?: OperationRef;
  readonly failure: Failure;
}

/** `VerificationFailed: the data in az-b did not verify …`, from what Step Functions hands on. */
export const failureSentence = (failure: Failure): string => {
  try {
    const cause = JSON.parse(failure.Cause) as { readonly errorMessage?: unknown };
    return `${failure.Error}: ${String(cause.errorMessage ?? failure.Cause)}`;
  } catch {
    return `${failure.Error}: ${failure.Cause}`;
  }
};

export const rollBack = async (input: RollBackInput, ports: Ports): Promise<Settled> => {
  const epoch = input.operation?.epoch ?? claimedEpoch(input.request);
  if (epoch === null) throw new StaleEpoch('the failed start names no epoch; there is nothing to undo');
  return settle(ports, epoch, failureSentence(input.failure));
};
