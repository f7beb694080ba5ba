import type { Operation } from '../../lib/domain/protocol/seat';
import { OperationKind } from '../../lib/domain/protocol/seat';
import type { Policy } from '../../lib/domain/topology';

/** The longest step of a rejoin: its state's TimeoutSeconds (120), and a little for the state machine. */
const REJOIN_STEP_MS = 125_000;

/**
 * §3b.11: how long an operation may show no progress before it is taken over. A rewind or a re-clone is one long step,
 * and taking it over would only begin it again.
 */
export const stuckAfterMs = (
  operation: Operation,
  { stepDeadlineMs }: Pick<Policy, 'stepDeadlineMs'>,
): number =>
  operation.kind === OperationKind.rejoin ? Math.max(stepDeadlineMs, REJOIN_STEP_MS) : stepDeadlineMs;
