import { InvalidConfiguration } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Connection, ServerAccess } from './connection';
import { connect } from './connection';

export interface Sessions {
  readonly zones: readonly ZoneId[];
  access(zone: ZoneId): ServerAccess;
  open(zone: ZoneId, deadline: Deadline): Promise<Connection>;
}

export interface SessionsOptions {
  readonly endpoints: Readonly<Record<ZoneId, { readonly host: string; readonly port: number }>>;
  readonly user: string;
  readonly password: ServerAccess['password'];
}

/** @throws InvalidConfiguration for a zone without an endpoint. */
export function createSessions({ endpoints, user, password }: SessionsOptions): Sessions {
  const access = (zone: ZoneId): ServerAccess => {
    const endpoint = endpoints[zone];
    if (endpoint !== undefined) return { ...endpoint, user, password };
    const known = Object.keys(endpoints).join(', ');
    throw new InvalidConfiguration(`redis has no endpoint in ${zone}; it has in ${known}`);
  };
  return {
    zones: Object.keys(endpoints),
    access,
    open: async (zone, deadline) => connect(access(zone), { name: 'evac' }, deadline),
  };
}
