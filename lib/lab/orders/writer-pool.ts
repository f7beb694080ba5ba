import { DatabaseError, Pool } from 'pg';
import type { PoolClient } from 'pg';
import { Unreachable } from '../../domain/errors';
import type { DatabaseAccess, DatabaseHost } from './database-access';
import { dropSession, sessionConfig } from './database-access';

/**
 * Two APIs with 20 sessions each stay far below max_connections = 100. A commit that waits for a lost standby keeps
 * its session until the wait ends (ending the socket would not end the wait), so this also bounds those.
 */
export const MAX_SESSIONS = 20;

/**
 * More than these waiting for a session are turned away at once. A longer queue would serve, under overload, only
 * requests whose clients have given up meanwhile, and never recover.
 */
const MAX_WAITING = 20;

export interface WriterPool {
  readonly at: DatabaseHost;
  /** @throws at once when too many wait already, else after the connect timeout. */
  connect(): Promise<PoolClient>;
  /** Ends every session at once, also those in the middle of a statement, whose outcome is then unknown. */
  drop(): void;
}

/** Sessions to one writer, for as long as it is the writer. */
export const createWriterPool = (access: DatabaseAccess, at: DatabaseHost): WriterPool => {
  const sessions = new Set<PoolClient>();
  const pool = new Pool({ ...sessionConfig(access, at), max: MAX_SESSIONS });
  // An error of an idle session would end the process; the pool has removed that session already.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    // A session in use has no listener of the pool's; its statement is rejected with the same error.
    client.on('error', () => undefined);
    sessions.add(client);
  });
  pool.on('remove', (client) => sessions.delete(client));
  return {
    at,
    connect: () =>
      pool.waitingCount >= MAX_WAITING
        ? Promise.reject(new Unreachable(`${MAX_WAITING} requests wait for a session already`))
        : pool.connect(),
    drop: () => {
      if (pool.ending) return;
      void pool.end();
      for (const client of sessions) dropSession(client);
    },
  };
};

/** SQLSTATE by which a host says that it is not, or no longer, the writer. */
const READ_ONLY = '25006';
const UNIQUE_VIOLATION = '23505';
/**
 * Class 57: the server ends the session (57P01 terminated, 57P02 crash, 57P03 not accepting yet). A commit that
 * waits for its standby may be ended so too, hence the row may be there.
 */
const SESSION_ENDED = '57';

type FailureKind = 'read-only' | 'duplicate-id' | 'rejected' | 'connection-lost';

export interface Failure {
  readonly kind: FailureKind;
  readonly written: 'no' | 'unknown';
}

/** What a failed statement says about the host and about the row. */
export const failureOf = (error: unknown): Failure => {
  const code = error instanceof DatabaseError ? error.code : undefined;
  if (code === undefined || code.startsWith(SESSION_ENDED))
    return { kind: 'connection-lost', written: 'unknown' };
  if (code === READ_ONLY) return { kind: 'read-only', written: 'no' };
  return { kind: code === UNIQUE_VIOLATION ? 'duplicate-id' : 'rejected', written: 'no' };
};
