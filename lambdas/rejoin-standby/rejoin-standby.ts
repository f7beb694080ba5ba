import type { OperationRef } from '../../lib/contract/payload';
import type { Rebuild } from '../../lib/domain/protocol/seat';
import { Phase } from '../../lib/domain/protocol/seat';
import { leading } from '../../lib/domain/topology';
import type { ClaimInput } from '../shared/adopt';
import { adopt } from '../shared/adopt';
import type { Ports } from '../shared/ports';
import { readOperation } from '../shared/seat-access';
import type { Detail, StepContext } from '../shared/step';
import { runStep } from '../shared/step';
import { detailOf, engineOf, ofEach } from '../shared/store-group';

const rejoin = async (
  { ports, operation, effect }: StepContext,
  rebuild: Rebuild | undefined,
): Promise<Detail> => {
  const { stores, from, to } = operation;
  return detailOf(
    await ofEach(ports, stores, async (engine): Promise<Detail> => ({
      ...(await engine.rejoin(to, from, effect, rebuild)),
    })),
  );
};

/** Letting the writer go first takes some of the step's time. */
const LET_GO_MS = 10_000;

/**
 * The claim has said "not eligible", so the writer may go on alone (I8) before its standby is taken away. The seat is looked at
 * once more before that: whoever took it over in between is in charge now.
 */
const makeAnew = async ({ ports, operation, effect }: StepContext, rebuild: Rebuild): Promise<Detail> => {
  const { stores, from, to, epoch } = operation;
  const store = leading(stores);
  const engine = engineOf(ports, store);
  await engine.degrade(from, { ...effect, deadlineMs: LET_GO_MS });
  await readOperation(ports, epoch);
  const left = { ...effect, deadlineMs: effect.deadlineMs - LET_GO_MS };
  return { store, ...(await engine.rejoin(to, from, left, rebuild)) };
};

/**
 * The old writer is a zombie until proven: stopped, rewound or re-cloned, started as standby of the writer. Of a rebuild: the
 * proven standby is made anew from nothing, whatever it fits.
 */
export const rejoinStandby = async (input: ClaimInput, ports: Ports): Promise<OperationRef> => {
  const operation = await adopt(ports, input);
  await runStep(
    {
      name: 'rejoin-standby',
      deadlineMs: 110_000,
      phase: { from: [Phase.claimed, Phase.prepared], to: Phase.prepared },
      act: async (context) => {
        const { rebuild, anew } = context.operation;
        if (rebuild !== undefined) return makeAnew(context, rebuild);
        return rejoin(context, anew === true ? { keep: false } : undefined);
      },
    },
    { operation },
    ports,
  );
  return operation;
};
