import type { OperationRef, RequestInput } from '../../lib/contract/payload';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { assessRequest } from '../../lib/domain/decision/assess-request';
import { Refused } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import { Trigger } from '../../lib/domain/protocol/seat';
import type { ClaimInput } from '../shared/adopt';
import { adopt, claimedEpoch, toRef } from '../shared/adopt';
import { claimOperation } from '../shared/claim';
import { freshSnapshot } from '../shared/fresh-evidence';
import type { Ports } from '../shared/ports';
import { readOperation } from '../shared/seat-access';
import { parseRequest } from './parse-request';

/** A waiver is recorded only where one is needed: beside an eligible standby it would only drop a guard. */
const waiverOf = ({ to, acceptLossSeconds }: RequestInput, { seat }: Snapshot): number | null =>
  seat.eligible === to ? null : (acceptLossSeconds ?? null);

const claimFor = async (ports: Ports, request: RequestInput, execution: string): Promise<OperationRef> => {
  const snapshot = await freshSnapshot(ports);
  const decision = assessRequest(snapshot, request);
  if (decision.operation === null) {
    const [reason] = decision.reasons;
    throw new Refused(reason?.code ?? 'refused', reason?.sentence ?? 'refused', reason?.numbers ?? {});
  }
  const seat: Seat = await claimOperation(ports, {
    snapshot,
    decision,
    trigger: Trigger.human,
    execution,
    overrideCooldown: request.overrideCooldown ?? false,
    acceptLossSeconds: waiverOf(request, snapshot),
    reason: request.requestedBy === undefined ? request.reason : `${request.reason} (${request.requestedBy})`,
  });
  return toRef((await readOperation(ports, seat.epoch)).operation);
};

/** The one way in for witnesses, alarms and people: `{epoch}` when claimed already, else the request is claimed here. */
export const claimFailover = async (input: ClaimInput, ports: Ports): Promise<OperationRef> =>
  claimedEpoch(input.request) === null
    ? claimFor(ports, parseRequest(input.request, ports.topology), input.execution)
    : adopt(ports, input);
