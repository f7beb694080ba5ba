import type { OperationRef, RequestInput } from '../../lib/contract/payload';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { assessRequest } from '../../lib/domain/decision/assess-request';
import type { Decision } from '../../lib/domain/decision/decision';
import type { Intended } from '../../lib/domain/decision/obstacles';
import { needsPrice } from '../../lib/domain/decision/obstacles';
import { Refused } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import { Trigger } from '../../lib/domain/protocol/seat';
import { situationOf } from '../../lib/domain/scenario/situation';
import type { ClaimInput } from '../shared/adopt';
import { adopt, claimedEpoch, toRef } from '../shared/adopt';
import { claimOperation, recordHeldIfPossible } from '../shared/claim';
import { freshSnapshot } from '../shared/fresh-evidence';
import { requireNoDifferences } from '../shared/planned-proof';
import type { Ports } from '../shared/ports';
import { readOperation, readSeat } from '../shared/seat-access';
import { parseRequest } from './parse-request';

/** A waiver is recorded only where one is needed: beside an eligible standby it would only drop a guard. */
const waiverOf = ({ acceptLossSeconds }: RequestInput, snapshot: Snapshot, move: Intended): number | null =>
  needsPrice(situationOf(snapshot), { ...move, nowMs: snapshot.nowMs }).length === 0
    ? null
    : (acceptLossSeconds ?? null);

const refusalOf = ({ reasons: [reason] }: Decision): Refused =>
  new Refused(reason?.code ?? 'refused', reason?.sentence ?? 'refused', reason?.numbers ?? {});

/** Delivered twice, or retried after its answer was lost: what this execution has claimed already is its own. */
const ownClaim = ({ operation }: Seat, execution: string): OperationRef | null =>
  operation?.execution === execution ? toRef(operation) : null;

/** A refusal is kept with what it was decided on, like a claim: who asked can read later why not. */
const claimFor = async (ports: Ports, request: RequestInput, execution: string): Promise<OperationRef> => {
  const snapshot = await freshSnapshot(ports);
  const claimed = ownClaim(snapshot.seat, execution);
  if (claimed !== null) return claimed;
  const decision = assessRequest(snapshot, request);
  const actor = request.requestedBy ?? execution;
  const taken = { snapshot, decision, trigger: Trigger.human, actor, request };
  if (decision.operation === null) {
    await recordHeldIfPossible(ports, taken);
    throw refusalOf(decision);
  }
  try {
    await requireNoDifferences(ports, decision.operation);
    const seat = await claimOperation(ports, {
      ...taken,
      execution,
      overrideCooldown: request.overrideCooldown ?? false,
      acceptLossSeconds: waiverOf(request, snapshot, decision.operation),
      reason:
        request.requestedBy === undefined ? request.reason : `${request.reason} (${request.requestedBy})`,
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

/** The one way in for witnesses, alarms and people: `{epoch}` when claimed already, else the request is claimed here. */
export const claimFailover = async (input: ClaimInput, ports: Ports): Promise<OperationRef> =>
  claimedEpoch(input.request) === null
    ? claimFor(ports, parseRequest(input.request, ports.topology), input.execution)
    : adopt(ports, input);
