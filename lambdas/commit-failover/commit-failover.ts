import type { OperationRef } from '../../lib/contract/payload';
import { OutcomeResult } from '../../lib/domain/protocol/seat';
import { commit } from '../shared/commit';
import type { Ports } from '../shared/ports';

export const commitFailover = async (
  input: { readonly operation: OperationRef },
  ports: Ports,
): Promise<{ readonly committed: number }> => {
  await commit(ports, input.operation.epoch, OutcomeResult.completed);
  return { committed: input.operation.epoch };
};
