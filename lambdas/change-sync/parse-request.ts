import * as z from 'zod';
import type { SyncRequest } from '../../lib/contract/payload';
import { InvalidRequest } from '../../lib/domain/errors';
import { isTold, refuseVerb, SyncVerb } from '../../lib/domain/sync/steps';
import type { Topology } from '../../lib/domain/topology';
import { Store, storesOf } from '../../lib/domain/topology';
import { parseInput } from '../shared/parse-input';

const schema = z.strictObject({
  do: z.enum(SyncVerb),
  stores: z.array(z.enum(Store)).min(1, 'name at least one store, or leave it out for all').exactOptional(),
  reason: z.string().trim().min(1, 'say why; it is kept with the mark'),
  requestedBy: z.string().exactOptional(),
});

const shape = {
  schema,
  fields: Object.keys(schema.shape),
  example: '{"do":"pause","stores":["redis"],"reason":"why"}',
};

export type ParsedRequest = SyncRequest & Required<Pick<SyncRequest, 'stores'>>;

/**
 * What a person started the machine with; without stores it is about all that can be told.
 * @throws InvalidRequest naming the field, or a store that this deployment does not have; Refused `no-standby`
 */
export const parseRequest = (input: unknown, topology: Topology): ParsedRequest => {
  const request: SyncRequest = parseInput(input, shape);
  const known = storesOf(topology);
  const absent = (request.stores ?? []).filter((store) => !known.includes(store));
  if (absent.length > 0)
    throw new InvalidRequest(
      `stores: this deployment has no ${absent.join(', ')}, only ${known.join(', ')}. Nothing was changed.`,
    );
  const stores = request.stores ?? known.filter(isTold);
  refuseVerb(request.do, stores);
  return { ...request, stores };
};
