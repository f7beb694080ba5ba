import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { DatabaseAccess, DatabaseHost } from './database-access';
import { dropSession, sessionConfig } from './database-access';

export const HOST_ROLE = {
  readWrite: 'read-write',
  readOnly: 'read-only',
  recovering: 'recovering',
  unreachable: 'unreachable',
  unknown: 'unknown',
} as const;
type HostRole = (typeof HOST_ROLE)[keyof typeof HOST_ROLE];

export interface HostState {
  readonly at: DatabaseHost;
  readonly role: HostRole;
  /** Grows with each promotion, so a primary that came back is known to be the older one; 0 while unknown. */
  readonly timeline: number;
}

export interface HostWatch {
  state(): HostState;
  /** Something was odd: looks at once, on a new session. The role stays what it was until that has answered. */
  lookNow(): void;
  /** The host refused a write: it is no writer until a new session says otherwise. */
  distrust(): void;
  /** A statement on this host has just succeeded: one failed look is then no proof that it is gone. */
  noteAlive(): void;
  close(): Promise<void>;
}

export interface HostWatchOptions {
  readonly access: DatabaseAccess;
  readonly at: DatabaseHost;
  readonly intervalMs: number;
  readonly onChange: (state: HostState) => void;
}

const LOOK_TIMEOUT_MS = 300;
const ROLE_SQL = `SELECT pg_is_in_recovery() AS recovering,
  current_setting('default_transaction_read_only') = 'on' AS "readOnly",
  CASE WHEN pg_is_in_recovery() THEN 0
       ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline`;

interface RoleRow {
  readonly recovering: boolean;
  readonly readOnly: boolean;
  readonly timeline: number;
}

const roleOf = (row: RoleRow | undefined): HostRole => {
  if (row === undefined) return HOST_ROLE.unknown;
  if (row.recovering) return HOST_ROLE.recovering;
  return row.readOnly ? HOST_ROLE.readOnly : HOST_ROLE.readWrite;
};

/**
 * Watches one database host, like libpq's target_session_attrs=read-write but all the time.
 * A session's default_transaction_read_only is fixed when it starts (for defaults of the role), so an old session
 * is believed only while it says the same as before; any change of role is judged by a new session.
 */
export const createHostWatch = ({ access, at, intervalMs, onChange }: HostWatchOptions): HostWatch => {
  let current: HostState = { at, role: HOST_ROLE.unknown, timeline: 0 };
  let session: Client | null = null;
  let closed = false;
  let lastAliveMs = Number.NEGATIVE_INFINITY;
  let failedLooks = 0;
  let wantsNewSession = false;
  let wake = new AbortController();

  const become = (role: HostRole, timeline: number): void => {
    const changed = current.role !== role || current.timeline !== timeline;
    current = { at, role, timeline };
    if (changed) onChange(current);
  };
  const forgetSession = (): void => {
    if (session !== null) dropSession(session);
    session = null;
  };
  const openSession = async (): Promise<Client> => {
    const client = new Client({ ...sessionConfig(access, at), query_timeout: LOOK_TIMEOUT_MS });
    client.on('error', () => {
      if (session === client) lookNow();
    });
    await client.connect();
    session = client;
    return client;
  };
  const ask = async (client: Client): Promise<RoleRow | undefined> =>
    (await client.query<RoleRow>(ROLE_SQL)).rows[0];

  const look = async (): Promise<void> => {
    // Only between two looks: many askers at once must not each end the look that is under way.
    if (wantsNewSession) forgetSession();
    wantsNewSession = false;
    const isReused = session !== null;
    let row = await ask(session ?? (await openSession()));
    if (isReused && roleOf(row) !== current.role) {
      forgetSession();
      row = await ask(await openSession());
    }
    if (closed) return forgetSession();
    if (roleOf(row) === HOST_ROLE.readOnly) forgetSession();
    failedLooks = 0;
    become(roleOf(row), row?.timeline ?? 0);
  };
  const lookSafely = async (): Promise<void> => {
    try {
      await look();
    } catch {
      // Not answering is an answer here; which error it was changes nothing for the API.
      forgetSession();
      failedLooks += 1;
      const wasJustAlive = performance.now() - lastAliveMs < LOOK_TIMEOUT_MS;
      if (failedLooks > 1 || !wasJustAlive) become(HOST_ROLE.unreachable, 0);
    }
  };
  const loop = async (): Promise<void> => {
    while (!closed) {
      await lookSafely();
      await pause(intervalMs, undefined, { signal: wake.signal }).catch(() => undefined);
      if (wake.signal.aborted) wake = new AbortController();
    }
    forgetSession();
  };
  const lookNow = (): void => {
    wantsNewSession = true;
    wake.abort();
  };
  const distrust = (): void => {
    become(HOST_ROLE.unknown, 0);
    lookNow();
  };

  const ended = loop();
  return {
    state: () => current,
    lookNow,
    distrust,
    noteAlive: () => {
      lastAliveMs = performance.now();
    },
    close: async () => {
      closed = true;
      forgetSession();
      wake.abort();
      await ended;
    },
  };
};
