import type { RequestInput } from '../../lib/contract/payload';
import { InvalidRequest, Refused } from '../../lib/domain/errors';
import { zonesOfRole } from '../../lib/domain/topology';
import type { Ports } from '../shared/ports';
import { readSeat } from '../shared/seat-access';

interface RollbackRequest {
  readonly reason: string;
  readonly overrideCooldown?: boolean;
  readonly requestedBy?: string;
}

const parse = (request: unknown): RollbackRequest => {
  const fields = (request ?? {}) as Partial<Record<string, unknown>>;
  if (typeof fields['reason'] !== 'string' || fields['reason'].trim() === '')
    throw new InvalidRequest(
      '"reason" is missing: say why, it is kept with the decision. Example: {"reason":"az-a is back"}',
    );
  return fields as unknown as RollbackRequest;
};

/** The way home: a planned move to the configured primary zone, with every check a failover has. */
export const planRollback = async (
  input: { readonly request: unknown },
  ports: Ports,
): Promise<RequestInput> => {
  const request = parse(input.request);
  const [home] = zonesOfRole(ports.topology, 'primary');
  const seat = await readSeat(ports);
  if (home === undefined || seat.writer === home)
    throw new Refused(
      'same-zone',
      `${seat.writer} is the primary zone and the writer already; there is nothing to roll back`,
    );
  return { ...request, to: home, mode: 'planned', kind: 'rollback' };
};
