import type { OperationRef } from '../../lib/contract/payload';
import { InvalidRequest, Refused } from '../../lib/domain/errors';
import type { Operation } from '../../lib/domain/protocol/seat';
import { eachStore } from '../../lib/domain/protocol/seat';
import { Store } from '../../lib/domain/topology';
import type { Ports } from './ports';
import { readOperation } from './seat-access';

export interface ClaimInput {
  readonly request: unknown;
  readonly execution: string;
}

export const toRef = (operation: Operation): OperationRef => {
  const { epoch, kind, stores, from, to, mode, trigger } = operation;
  const says = (store: Store): 'yes' | 'no' => (stores.includes(store) ? 'yes' : 'no');
  return {
    epoch,
    kind,
    concerns: eachStore(Object.values(Store), says) as OperationRef['concerns'],
    from,
    to,
    mode,
    trigger,
  };
};

export const claimedEpoch = (request: unknown): number | null => {
  const fields = (request ?? {}) as Readonly<Record<string, unknown>>;
  const isClaimed = Number.isInteger(fields['epoch']) && Object.keys(fields).length === 1;
  return isClaimed ? (fields['epoch'] as number) : null;
};

/** Lock, re-read the truth, act: a start whose epoch is claimed already only proves that it still holds the seat. */
export const adopt = async (
  ports: Pick<Ports, 'store' | 'topology'>,
  input: ClaimInput,
): Promise<OperationRef> => {
  const epoch = claimedEpoch(input.request);
  if (epoch === null)
    throw new InvalidRequest(
      `the input is ${JSON.stringify(input.request)}; this machine is started by Evac with {"epoch":12} after a claim`,
    );
  const { operation } = await readOperation(ports, epoch);
  if (operation.execution !== input.execution)
    throw new Refused(
      'busy',
      `epoch ${epoch} is carried by execution ${operation.execution}, not ${input.execution}`,
    );
  return toRef(operation);
};
