import * as z from 'zod';
import type { RequestInput } from '../../lib/contract/payload';
import { Refused } from '../../lib/domain/errors';
import { zonesOfRole } from '../../lib/domain/topology';
import { parseInput } from '../shared/parse-input';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';

const schema = z.strictObject({
  reason: z.string().trim().min(1, 'say why; it is kept with the decision'),
  overrideCooldown: z.boolean().exactOptional(),
  requestedBy: z.string().exactOptional(),
});

const shape = { schema, fields: Object.keys(schema.shape), example: '{"reason":"az-a is back"}' };

/** The way home: a planned move to the configured primary zone, with every check a failover has. */
export const planRollback = async (
  input: { readonly request: unknown },
  ports: Ports,
): Promise<RequestInput> => {
  const request = parseInput(input.request, shape);
  const [home] = zonesOfRole(ports.topology, 'primary');
  const seat = await readSeat(ports);
  if (home === undefined || seat.writer === home)
    throw new Refused(
      'same-zone',
      `${seat.writer} is the primary zone and the writer already; there is nothing to roll back`,
    );
  return { ...request, to: home, mode: 'planned', kind: 'rollback' };
};
