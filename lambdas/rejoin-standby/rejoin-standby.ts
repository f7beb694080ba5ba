import type { OperationRef } from '../../lib/contract/payload';
import { Phase } from '../../lib/domain/protocol/seat';
import type { ClaimInput } from '../shared/adopt';
import { adopt } from '../shared/adopt';
import type { Ports } from '../shared/ports';
import { runStep } from '../shared/step';
import { detailOf, ofEach } from '../shared/store-group';

/** The old writer is a zombie until proven: stopped, rewound or re-cloned, started as standby of the writer. */
export const rejoinStandby = async (input: ClaimInput, ports: Ports): Promise<OperationRef> => {
  const operation = await adopt(ports, input);
  await runStep(
    {
      name: 'rejoin-standby',
      deadlineMs: 110_000,
      phase: { from: [Phase.claimed, Phase.prepared], to: Phase.prepared },
      act: async ({ operation: { stores, from, to }, effect }) =>
        detailOf(await ofEach(ports, stores, (engine) => engine.rejoin(to, from, effect))),
    },
    { operation },
    ports,
  );
  return operation;
};
