import type { Failure, OperationRef } from '../../lib/contract/payload';
import { Refused, StaleEpoch } from '../../lib/domain/errors';
import { claimedEpoch } from '../shared/adopt';
import { failureSentence } from '../shared/failure-sentence';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';
import type { Settled } from '../shared/settled';
import { settle } from '../shared/settle';

/** The whole state of the machine when a step failed. */
export interface RollBackInput {
  readonly request?: unknown;
  readonly execution?: string;
  readonly operation?: OperationRef;
  readonly failure: Failure;
}

/** A start that was refused because another execution carries the operation must not end it for that one. */
const requireOwn = async (ports: Ports, epoch: number, execution: string | undefined): Promise<void> => {
  const { operation } = await readSeat(ports);
  if (operation?.epoch === epoch && operation.execution !== execution)
    throw new Refused(
      'busy',
      `epoch ${epoch} is carried by execution ${operation.execution}; this one, ${execution ?? 'without a name'}, leaves it alone`,
    );
};

export const rollBack = async (input: RollBackInput, ports: Ports): Promise<Settled> => {
  const epoch = input.operation?.epoch ?? claimedEpoch(input.request);
  if (epoch === null) throw new StaleEpoch('the failed start names no epoch; there is nothing to undo');
  if (input.operation === undefined) await requireOwn(ports, epoch, input.execution);
  return settle(ports, epoch, failureSentence(input.failure));
};
