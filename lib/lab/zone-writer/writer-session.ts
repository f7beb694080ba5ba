import { Client } from 'pg';
import { instantNow } from '../load/instant';
import type { DatabaseAccess, DatabaseHost } from '../orders/database-access';
import { dropSession, sessionConfig } from '../orders/database-access';

export const ATTEMPT = {
  /** The server said that the commit is done, and nothing else. */
  acknowledged: 'acknowledged',
  /** It takes no writes from this session: a standby, or fenced. */
  readOnly: 'read-only',
  /** It said something else than a plain yes: the write counts as not acknowledged. */
  notAcknowledged: 'not-acknowledged',
} as const;
export type AttemptOutcome = (typeof ATTEMPT)[keyof typeof ATTEMPT];

/** One connection that is kept open as long as the server keeps it, whatever happens to the server. */
export interface WriterSession {
  readonly openedMonoMs: number;
  /** Milliseconds since the attempt under way began; null when it is idle. */
  waitingMs(): number | null;
  isOver(): boolean;
  /** One write. Rejects never: an error is no acknowledgement, and a broken connection ends the session. */
  attempt(id: string): Promise<AttemptOutcome>;
  end(): void;
}

const WRITE = {
  name: 'zone-write',
  text: `INSERT INTO orders.orders (id, idempotency_key, amount, body, accepted_zone) VALUES ($1, $1, 1, '{}', $2)`,
};
/** Asked first where the last write was refused: a refused write would fill the server's log, and this is as quick. */
const ASK = { name: 'zone-ask', text: `SELECT current_setting('transaction_read_only') AS value` };

/** SQLSTATE "read only sql transaction". */
const READ_ONLY = '25006';

const codeOf = (error: unknown): string | undefined => (error as { readonly code?: string }).code;

/** Opens a session. @throws the connection's error when the server does not answer in 300 ms */
export const openWriterSession = async (
  access: DatabaseAccess,
  at: DatabaseHost,
  zone: string,
): Promise<WriterSession> => {
  const client = new Client(sessionConfig(access, at));
  let over = false;
  let sinceMs: number | null = null;
  let wasRefused = false;
  let warned = false;
  const end = (): void => {
    over = true;
    dropSession(client);
  };
  client.on('error', end);
  client.on('end', () => {
    over = true;
  });
  // A cancelled wait for the synchronous standby ends as a successful commit with a warning.
  client.on('notice', () => {
    warned = true;
  });
  await client.connect();
  const openedMonoMs = instantNow().monoMs;

  const mayWrite = async (): Promise<boolean> => {
    if (!wasRefused) return true;
    const { rows } = await client.query<{ value: string }>(ASK);
    return rows[0]?.value === 'off';
  };
  const write = async (id: string): Promise<AttemptOutcome> => {
    if (!(await mayWrite())) return ATTEMPT.readOnly;
    warned = false;
    await client.query({ ...WRITE, values: [id, zone] });
    wasRefused = false;
    return warned ? ATTEMPT.notAcknowledged : ATTEMPT.acknowledged;
  };
  const judge = (error: unknown): AttemptOutcome => {
    wasRefused = codeOf(error) === READ_ONLY;
    return wasRefused ? ATTEMPT.readOnly : ATTEMPT.notAcknowledged;
  };
  return {
    openedMonoMs,
    waitingMs: () => (sinceMs === null ? null : performance.now() - sinceMs),
    isOver: () => over,
    attempt: async (id) => {
      sinceMs = performance.now();
      try {
        return await write(id);
      } catch (error) {
        return judge(error);
      } finally {
        sinceMs = null;
      }
    },
    end,
  };
};
