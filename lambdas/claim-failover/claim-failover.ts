import type { OperationRef } from '../../lib/contract/payload';
import type { ClaimInput } from '../shared/adopt';
import { adopt, claimedEpoch } from '../shared/adopt';
import { claimAsRequested } from '../shared/claim-request';
import { requireNoDifferences } from '../shared/planned-proof';
import type { Ports } from '../shared/ports';
import { parseRequest } from './parse-request';

/** The one way in for witnesses, alarms and people: `{epoch}` when claimed already, else the request is claimed here. */
export const claimFailover = async (input: ClaimInput, ports: Ports): Promise<OperationRef> => {
  if (claimedEpoch(input.request) !== null) return adopt(ports, input);
  const request = parseRequest(input.request, ports.topology);
  return claimAsRequested(ports, {
    execution: input.execution,
    request,
    requestedBy: request.requestedBy,
    before: (intended) => requireNoDifferences(ports, intended),
  });
};
