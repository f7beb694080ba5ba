import { Refused } from '../../lib/domain/errors';
import { Phase } from '../../lib/domain/protocol/seat';
import { priceBroken } from '../shared/accepted-price';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

/**
 * A living writer is fenced in 0.1 s; beside an eligible standby, one that is not is better moved from than waited for.
 * Without one the fence is the host's power, and by SSM that takes seconds.
 */
const LIVING_WRITER_MS = 4_000;

const act = async ({ ports, seat, operation, effect }: StepContext): Promise<Detail> => {
  const standbyEligible = seat.eligible === operation.to;
  const patience = standbyEligible ? { ...effect, deadlineMs: LIVING_WRITER_MS } : effect;
  const fence = await ports.postgres.fence(
    operation.from,
    { mode: operation.mode, standbyEligible },
    patience,
  );
  const waived = operation.acceptLossSeconds !== null;
  if (!fence.holds && !waived)
    throw new Refused(
      'no-fence',
      `no fence holds against ${operation.from}: ${fence.why}; promoting ${operation.to} could make two writers`,
    );
  return { ...fence, waived: !fence.holds && waived };
};

/**
 * Stops the old writer from acknowledging, before anything is promoted. The phase is the registered compensation; a price
 * that is no longer kept is refused before it, while the seat can simply be given back.
 */
export const fenceWriters: StepDefinition = {
  name: 'fence-writers',
  deadlineMs: 15_000,
  phase: { from: [Phase.prepared, Phase.fenced], to: Phase.fenced },
  check: async (ports, operation) => {
    // Delivered again, it may be fenced already: the loss grows no more.
    const broken = operation.phase === Phase.prepared ? await priceBroken(ports, operation) : null;
    if (broken !== null) throw broken;
  },
  act,
};
