import type { Client, ClientConfig } from 'pg';

export interface DatabaseHost {
  readonly host: string;
  readonly port: number;
}

export interface DatabaseAccess {
  /** In order of preference; which one is written to is discovered. */
  readonly hosts: readonly DatabaseHost[];
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

export const hostName = ({ host, port }: DatabaseHost): string => `${host}:${port}`;

/** A new connection inside one Region takes a few ms; one that takes longer than this is to a dead zone. */
const CONNECT_TIMEOUT_MS = 300;

/**
 * Settings of every session, given at its start so that no role or database default is in force for even one
 * statement: commits wait for the synchronous standby, and the warning that such a wait was cancelled is not
 * filtered out. Whether transactions are read-only is never set here: that is Evac's fence.
 */
const SESSION_OPTIONS = '-c synchronous_commit=on -c client_min_messages=warning';

export const sessionConfig = (access: DatabaseAccess, at: DatabaseHost): ClientConfig => ({
  host: at.host,
  port: at.port,
  database: access.database,
  user: access.user,
  password: access.password,
  application_name: access.applicationName,
  options: SESSION_OPTIONS,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 1_000,
});

/** Ends a session at once: a polite goodbye would wait for a host that is gone. */
export const dropSession = (client: Client): void => {
  client.connection.stream.destroy();
};
