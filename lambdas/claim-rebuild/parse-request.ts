import * as z from 'zod';
import type { RebuildRequest } from '../../lib/contract/payload';
import type { Topology } from '../../lib/domain/topology';
import { dataZones, Store } from '../../lib/domain/topology';
import { parseInput } from '../shared/parse-input';

const schemaFor = (zones: readonly string[]) =>
  z.strictObject({
    rebuild: z.enum(Store),
    to: z.enum(zones as [string, ...string[]]),
    seatEpoch: z.int().nonnegative(),
    keep: z.boolean(),
    reason: z.string().trim().min(1, 'say why; it is kept with the decision'),
    comparison: z.string().min(1).exactOptional(),
    requestedBy: z.string().exactOptional(),
  });

/** What a person started the state machine with; refuses before anything was read or changed. */
export const parseRequest = (input: unknown, topology: Topology): RebuildRequest => {
  const schema = schemaFor(dataZones(topology));
  const example = '{"rebuild":"redis","to":"az-b","seatEpoch":12,"keep":true,"reason":"why"}';
  return parseInput(input, { schema, fields: Object.keys(schema.shape), example });
};
