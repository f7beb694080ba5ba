import type { OperationRef } from '../../lib/contract/payload';
import type { OperationRequest } from '../../lib/domain/decision/assess-request';
import { assessRequest } from '../../lib/domain/decision/assess-request';
import type { Decision } from '../../lib/domain/decision/decision';
import type { Intended } from '../../lib/domain/decision/obstacles';
import { needsPrice } from '../../lib/domain/decision/obstacles';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { Refused } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import { Trigger } from '../../lib/domain/protocol/seat';
import { situationOf } from '../../lib/domain/scenario/situation';
import { toRef } from './adopt';
import { claimOperation, recordHeldIfPossible } from './claim';
import { freshSnapshot } from './fresh-evidence';
import type { Ports } from './ports';
import { readOperation, readSeat } from './seat-access';

export interface Asked {
  readonly request: OperationRequest;
  readonly execution: string;
  readonly requestedBy?: string | undefined;
  /** What else must hold of the operation before it is claimed; its Refused is kept like any other. */
  readonly before: (intended: Intended, seen: Seat) => Promise<void>;
}

/** A waiver is recorded only where one is needed: beside an eligible standby it would only drop a guard. */
const waiverOf = (
  { acceptLossSeconds }: OperationRequest,
  snapshot: Snapshot,
  move: Intended,
): number | null =>
  needsPrice(situationOf(snapshot), { ...move, nowMs: snapshot.nowMs }).length === 0
    ? null
    : (acceptLossSeconds ?? null);

export const refusalOf = ({ reasons: [reason] }: Decision): Refused =>
  new Refused(reason?.code ?? 'refused', reason?.sentence ?? 'refused', reason?.numbers ?? {});

/** Delivered twice, or retried after its answer was lost: what this execution has claimed already is its own. */
const ownClaim = ({ operation }: Seat, execution: string): OperationRef | null =>
  operation?.execution === execution ? toRef(operation) : null;

/**
 * Claims what a person asks for, on evidence that is fresh. A refusal is kept with what it was decided on, like a claim: who asked
 * can read later why not.
 * @throws Refused
 */
export const claimAsRequested = async (
  ports: Ports,
  { request, execution, requestedBy, before }: Asked,
): Promise<OperationRef> => {
  const snapshot = await freshSnapshot(ports);
  const claimed = ownClaim(snapshot.seat, execution);
  if (claimed !== null) return claimed;
  const decision = assessRequest(snapshot, request);
  const taken = { snapshot, decision, trigger: Trigger.human, actor: requestedBy ?? execution, request };
  if (decision.operation === null) {
    await recordHeldIfPossible(ports, taken);
    throw refusalOf(decision);
  }
  try {
    await before(decision.operation, snapshot.seat);
    const seat = await claimOperation(ports, {
      ...taken,
      execution,
      overrideCooldown: request.overrideCooldown ?? false,
      acceptLossSeconds: waiverOf(request, snapshot, decision.operation),
      reason: requestedBy === undefined ? request.reason : `${request.reason} (${requestedBy})`,
    });
    return toRef((await readOperation(ports, seat.epoch)).operation);
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    const own = ownClaim(await readSeat(ports), execution);
    if (own !== null) return own;
    await recordHeldIfPossible(ports, taken, cause);
    throw cause;
  }
};
