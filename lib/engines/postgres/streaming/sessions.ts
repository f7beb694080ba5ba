import type { ZoneId } from '../../../domain/topology';
import { InvalidConfiguration } from '../../../domain/errors';
import type { Connection, ServerAccess } from './connection';
import { connect } from './connection';
import type { Deadline } from '../../deadline';

/** The kinds of session Evac opens, so that each states its settings once. */
export interface Sessions {
  readonly zones: readonly ZoneId[];
  access(zone: ZoneId): ServerAccess;
  /** May write on a fenced server and never waits for the standby; ends by itself soon after the deadline. */
  openEffect(zone: ZoneId, epoch: number, deadline: Deadline): Promise<Connection>;
  /** As a new session of the workload would be: what is in force for it is read back here. */
  openPlain(zone: ZoneId, deadline: Deadline): Promise<Connection>;
  /** Waits for the synchronous standby as a client's commit does; writes on a fenced server. */
  openSynchronous(zone: ZoneId, deadline: Deadline): Promise<Connection>;
}

/** A session whose Lambda froze must not hold the epoch's lock for ever: the server ends it this long after its deadline. */
const graceMs = 1_000;

export const effectName = (epoch: number): string => `evac-e${epoch}`;

/** The epoch in a session's application_name; null when it is not one of Evac's effects. */
export function epochOfName(applicationName: unknown): number | null {
  const digits = typeof applicationName === 'string' ? /^evac-e(\d+)$/.exec(applicationName)?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}

export interface SessionsOptions {
  readonly endpoints: Readonly<Record<ZoneId, { readonly host: string; readonly port: number }>>;
  readonly database: string;
  readonly user: string;
  readonly password: ServerAccess['password'];
}

/** @throws InvalidConfiguration for a zone without an endpoint. */
export function createSessions({ endpoints, ...login }: SessionsOptions): Sessions {
  const access = (zone: ZoneId): ServerAccess => {
    const endpoint = endpoints[zone];
    if (endpoint === undefined)
      throw new InvalidConfiguration(
        `postgres has no endpoint in ${zone}; it has in ${Object.keys(endpoints).join(', ')}`,
      );
    return { ...login, host: endpoint.host, port: endpoint.port };
  };
  return {
    zones: Object.keys(endpoints),
    access,
    openEffect: async (zone, epoch, deadline) => {
      const limitMs = Math.ceil(deadline.remainingMs()) + graceMs;
      const settings = {
        synchronous_commit: 'local',
        default_transaction_read_only: 'off',
        statement_timeout: `${limitMs}`,
        idle_session_timeout: `${limitMs}`,
      };
      return connect(access(zone), { applicationName: effectName(epoch), settings }, deadline);
    },
    openPlain: async (zone, deadline) =>
      connect(
        access(zone),
        { applicationName: 'evac-look', settings: { synchronous_commit: 'local' } },
        deadline,
      ),
    // No statement_timeout: cancelling a wait for the standby would make the commit succeed unsynced.
    openSynchronous: async (zone, deadline) =>
      connect(
        access(zone),
        {
          applicationName: 'evac-gate-probe',
          settings: {
            synchronous_commit: 'on',
            default_transaction_read_only: 'off',
            statement_timeout: '0',
          },
        },
        deadline,
      ),
  };
}
