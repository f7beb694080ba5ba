import * as z from 'zod';
import type { RequestInput } from '../../lib/contract/payload';
import type { Topology } from '../../lib/domain/topology';
import { dataZones, Store } from '../../lib/domain/topology';
import { parseInput } from '../shared/parse-input';

const schemaFor = (zones: readonly string[]) =>
  z.strictObject({
    to: z.enum(zones as [string, ...string[]]),
    mode: z.enum(['planned', 'emergency']),
    reason: z.string().trim().min(1, 'say why; it is kept with the decision'),
    kind: z.enum(['failover', 'rollback']).exactOptional(),
    only: z.array(z.enum(Store)).min(1, 'name at least one store').exactOptional(),
    overrideCooldown: z.boolean().exactOptional(),
    acceptLossSeconds: z.number().min(0).exactOptional(),
    requestedBy: z.string().exactOptional(),
  });

/** What a person started the state machine with; refuses before anything was read or changed. */
export const parseRequest = (input: unknown, topology: Topology): RequestInput => {
  const schema = schemaFor(dataZones(topology));
  const example = '{"to":"az-b","mode":"planned","reason":"why"}';
  return parseInput(input, { schema, fields: Object.keys(schema.shape), example });
};
