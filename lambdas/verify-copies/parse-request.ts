import * as z from 'zod';
import type { VerifyRequest } from '../../lib/contract/payload';
import { InvalidRequest } from '../../lib/domain/errors';
import type { Topology } from '../../lib/domain/topology';
import { Store, storesOf } from '../../lib/domain/topology';
import { parseInput } from '../shared/parse-input';

const schema = z.strictObject({
  stores: z.array(z.enum(Store)).min(1, 'name at least one store, or leave it out for all').exactOptional(),
  requestedBy: z.string().exactOptional(),
});

const shape = { schema, fields: Object.keys(schema.shape), example: '{} or {"stores":["postgres"]}' };

/** @throws InvalidRequest naming the field, or a store that this deployment does not have */
export function parseRequest(input: unknown, topology: Topology): VerifyRequest {
  const request: VerifyRequest = parseInput(input, shape);
  const known = storesOf(topology);
  const absent = (request.stores ?? []).filter((store) => !known.includes(store));
  if (absent.length === 0) return request;
  throw new InvalidRequest(
    `stores: there are no copies of ${absent.join(', ')} to compare in this deployment, only of ${known.join(', ')}. Nothing was compared.`,
  );
}
