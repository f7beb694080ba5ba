import * as z from 'zod';
import type { RequestInput } from '../../lib/contract/payload';
import { assessRequest } from '../../lib/domain/decision/assess-request';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { Refused } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import { placeOf, Trigger } from '../../lib/domain/protocol/seat';
import { storesOf, zonesOfRole } from '../../lib/domain/topology';
import { recordHeld } from '../shared/claim';
import { parseInput } from '../shared/parse-input';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';

const schema = z.strictObject({
  reason: z.string().trim().min(1, 'say why; it is kept with the decision'),
  overrideCooldown: z.boolean().exactOptional(),
  requestedBy: z.string().exactOptional(),
});

const shape = { schema, fields: Object.keys(schema.shape), example: '{"reason":"az-a is back"}' };

/** Asked for where it already is: refused and kept like any other request; nobody need be asked what he sees. */
const refuseAtHome = async (ports: Ports, seat: Seat, request: RequestInput): Promise<never> => {
  const snapshot: Snapshot = {
    topology: ports.topology,
    policyVersion: ports.policyVersion,
    seat,
    observations: [],
    ageMs: {},
    nowMs: await ports.store.nowMs(),
    decidedBy: null,
  };
  const decision = assessRequest(snapshot, request);
  const actor = request.requestedBy ?? 'rollback';
  await recordHeld(ports, { snapshot, decision, trigger: Trigger.human, actor, request });
  throw new Refused(
    'same-zone',
    `${seat.writer} is the primary zone and the writer already; there is nothing to roll back`,
  );
};

/** The way home: a planned move to the configured primary zone, with every check a failover has. */
export const planRollback = async (
  input: { readonly request: unknown },
  ports: Ports,
): Promise<RequestInput> => {
  const asked = parseInput(input.request, shape);
  const [home = ''] = zonesOfRole(ports.topology, 'primary');
  const request: RequestInput = { ...asked, to: home, mode: 'planned', kind: 'rollback' };
  const seat = await readSeat(ports);
  const isHome = storesOf(ports.topology).every((store) => placeOf(seat, store).writer === home);
  return isHome ? refuseAtHome(ports, seat, request) : request;
};
