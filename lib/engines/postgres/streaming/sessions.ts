import { setTimeout as pause } from 'node:timers/promises';
import type { ZoneId } from '../../../domain/topology';
import { InvalidConfiguration } from '../../../domain/errors';
import type { Connection, ServerAccess } from './connection';
import { connect } from './connection';
import { codeOf } from './failure';
import type { Deadline } from '../../deadline';

/** The kinds of session Evac opens, so that each states its settings once. */
export interface Sessions {
  readonly zones: readonly ZoneId[];
  access(zone: ZoneId): ServerAccess;
  /** May write on a fenced server and never waits for the standby; ends by itself soon after the deadline. */
  openEffect(zone: ZoneId, epoch: number, deadline: Deadline): Promise<Connection>;
  /** As a new session of the workload would be: what is in force for it is read back here. */
  openPlain(zone: ZoneId, deadline: Deadline): Promise<Connection>;
  /** The same for a probe: a server without a free connection is told at once, and is no failed one. */
  openProbe(zone: ZoneId, deadline: Deadline): Promise<Connection>;
  /** Reads rows, never for long and never more than its role may see; both sides write values in one way. */
  openCompare(zone: ZoneId, deadline: Deadline): Promise<Connection>;
  /** Waits for the synchronous standby as a client's commit does; writes on a fenced server. */
  openSynchronous(zone: ZoneId, deadline: Deadline): Promise<Connection>;
}

/** A session whose Lambda froze must not hold the epoch's lock for ever: the server ends it this long after its deadline. */
const graceMs = 1_000;

/** Values as text are compared: nothing of a server's or a role's own settings may show in them. */
const compareSettings = {
  synchronous_commit: 'local',
  default_transaction_read_only: 'on',
  statement_timeout: '30000',
  lock_timeout: '2000',
  idle_session_timeout: '120000',
  row_security: 'off',
  search_path: 'pg_catalog',
  timezone: 'UTC',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  // A range of rows by its index, also before the server knows how many there are.
  enable_seqscan: 'off',
  jit: 'off',
};

/** SQLSTATE too_many_connections. */
const noConnectionFree = '53300';
const askAgainMs = 20;

/**
 * Commits that wait for a standby fill the server with clients, and those that come again take the connections that are
 * reserved, too, for the moment of their refusal: what would let them go has to keep asking for one (a seat was held for ever).
 * @throws the server's own refusal when none was free by the deadline, and as `connect`.
 */
async function connectPatiently(...how: Parameters<typeof connect>): Promise<Connection> {
  const [, , deadline] = how;
  for (;;) {
    try {
      return await connect(...how);
    } catch (error) {
      if (codeOf(error) !== noConnectionFree || deadline.remainingMs() <= askAgainMs) throw error;
      await pause(askAgainMs);
    }
  }
}

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
  const look = { applicationName: 'evac-look', settings: { synchronous_commit: 'local' } };
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
      return connectPatiently(access(zone), { applicationName: effectName(epoch), settings }, deadline);
    },
    openPlain: async (zone, deadline) => connectPatiently(access(zone), look, deadline),
    openProbe: async (zone, deadline) => connect(access(zone), look, deadline),
    openCompare: async (zone, deadline) =>
      connectPatiently(
        access(zone),
        { applicationName: 'evac-compare', settings: compareSettings },
        deadline,
      ),
    // No statement_timeout: cancelling a wait for the standby would make the commit succeed unsynced.
    openSynchronous: async (zone, deadline) =>
      connectPatiently(
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
