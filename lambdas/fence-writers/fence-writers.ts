import { Refused } from '../../lib/domain/errors';
import { Phase } from '../../lib/domain/protocol/seat';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const act = async ({ ports, seat, operation, effect }: StepContext): Promise<Detail> => {
  const standbyEligible = seat.eligible === operation.to;
  const fence = await ports.postgres.fence(operation.from, { mode: operation.mode, standbyEligible }, effect);
  const waived = operation.acceptLossSeconds !== null;
  if (!fence.holds && !waived)
    throw new Refused(
      'no-fence',
      `no fence holds against ${operation.from}: ${fence.why}; promoting ${operation.to} could make two writers`,
    );
  return { ...fence, waived: !fence.holds && waived };
};

/** Stops the old writer from acknowledging, before anything is promoted. The phase is the registered compensation. */
export const fenceWriters: StepDefinition = {
  name: 'fence-writers',
  // A living writer is fenced in 0.1 s; one that is not is better moved from than waited for.
  deadlineMs: 4_000,
  phase: { from: [Phase.prepared, Phase.fenced], to: Phase.fenced },
  act,
};
