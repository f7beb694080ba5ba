import type { OperationRef } from '../../lib/contract/payload';
import { OutcomeResult } from '../../lib/domain/protocol/seat';
import type { ClaimInput } from '../shared/adopt';
import { adopt } from '../shared/adopt';
import { commit } from '../shared/commit';
import type { Ports } from '../shared/ports';
import { holdCopies } from '../shared/hold-copies';
import { runStep } from '../shared/step';
import { ofEach } from '../shared/store-group';

/** I8: the claim committed "not eligible"; only now may the writer acknowledge alone. */
export const degradeStandby = async (input: ClaimInput, ports: Ports): Promise<OperationRef> => {
  const operation = await adopt(ports, input);
  await runStep(
    {
      name: 'degrade-standby',
      deadlineMs: 15_000,
      act: async (context) => {
        const { stores, from } = context.operation;
        await ofEach(ports, stores, (engine) => engine.degrade(from, context.effect));
        const copies = await holdCopies(ports, context.operation, context.effect);
        return { stores, writer: from, standby: null, ...(copies === null ? {} : { copies }) };
      },
    },
    { operation },
    ports,
  );
  await commit(ports, operation.epoch, OutcomeResult.completed);
  return operation;
};
