import type { OperationRef, RebuildRequest } from '../../lib/contract/payload';
import { requireFounded } from '../../lib/domain/consistency/repair';
import type { Intended } from '../../lib/domain/decision/obstacles';
import { Refused } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import type { ClaimInput } from '../shared/adopt';
import { claimAsRequested } from '../shared/claim-request';
import type { Ports } from '../shared/ports';
import { parseRequest } from './parse-request';

/** Delivered again when all is over, it would take the new copy away: nothing else tells it from the first time. */
const requireEpoch = ({ seatEpoch }: RebuildRequest, { epoch }: Seat): void => {
  if (epoch === seatEpoch) return;
  throw new Refused(
    'stale-epoch',
    `the seat is at epoch ${epoch}, and this was asked for at ${seatEpoch}; nothing was changed. Look at evac status, and ask again`,
    { epoch, seatEpoch },
  );
};

/** What is asked for because of a comparison is done only while that is the last word on these two copies. */
const requireComparison = async (
  ports: Ports,
  { rebuild: store, comparison }: RebuildRequest,
  { from, to }: Intended,
): Promise<void> => {
  if (comparison === undefined) return;
  requireFounded(await ports.store.newestCopies(store), { store, from, to, comparison });
};

/**
 * Takes the seat for making one proven standby anew. In the same write it stops being eligible (I8): until it is proven again its
 * writer is alone.
 * @throws InvalidRequest, Refused
 */
export const claimRebuild = async (input: ClaimInput, ports: Ports): Promise<OperationRef> => {
  const asked = parseRequest(input.request, ports.topology);
  const { rebuild: store, to, keep, reason, requestedBy } = asked;
  return claimAsRequested(ports, {
    execution: input.execution,
    request: { to, mode: 'planned', kind: 'rejoin', only: [store], rebuild: { keep }, reason },
    requestedBy,
    before: async (intended, seat) => {
      requireEpoch(asked, seat);
      await requireComparison(ports, asked, intended);
    },
  });
};
