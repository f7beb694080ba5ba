import { instantNow } from '../load/instant';
import type { DatabaseAccess, DatabaseHost } from '../orders/database-access';
import type { AnswerRecord } from './ack-record';
import type { WriterSession } from './writer-session';
import { ATTEMPT, openWriterSession } from './writer-session';

export interface Server extends DatabaseHost {
  readonly zone: string;
}

export interface ZoneWriterOptions {
  /** Where this writer is. */
  readonly zone: string;
  readonly servers: readonly Server[];
  readonly access: Omit<DatabaseAccess, 'hosts'>;
  readonly record: AnswerRecord;
  readonly everyMs: number;
}

export interface ZoneWriter {
  counts(): Readonly<Record<string, number>>;
  close(): void;
}

/** Sessions a server that are ready to write: while one waits for the standby the other still tries. */
const SESSIONS = 2;
/** One that has waited for so long is left to wait, and another takes its place. */
const PATIENCE_MS = 3_000;
/** Those that wait are kept for the answer that a thawed server may still give: all that waited first, and the newest. */
const KEPT_WAITING = { first: 4, newest: 8 } as const;
const REOPEN_EVERY_MS = 100;

const isStuck = (session: WriterSession): boolean => (session.waitingMs() ?? 0) > PATIENCE_MS;
const isReady = (session: WriterSession): boolean => !session.isOver() && !isStuck(session);

/** The sessions to one server: opened before any fault, kept through it, replaced only when they are of no use. */
const createServerSessions = ({ zone, access }: ZoneWriterOptions, server: Server) => {
  let sessions: readonly WriterSession[] = [];
  let isOpening = false;
  let closed = false;
  const open = async (): Promise<void> => {
    isOpening = true;
    try {
      const session = await openWriterSession({ ...access, hosts: [server] }, server, zone);
      if (closed) return session.end();
      sessions = [...sessions, session];
    } catch {
      // It does not take sessions now: asked again at the next turn.
    } finally {
      isOpening = false;
    }
  };
  const tidy = (): void => {
    const living = sessions.filter((session) => !session.isOver());
    const stuck = living.filter(isStuck);
    const surplus = new Set(stuck.slice(KEPT_WAITING.first, -KEPT_WAITING.newest));
    for (const session of surplus) session.end();
    sessions = living.filter((session) => !surplus.has(session));
    if (!isOpening && sessions.filter(isReady).length < SESSIONS) void open();
  };
  const timer = setInterval(tidy, REOPEN_EVERY_MS);
  tidy();
  return {
    idle: (): WriterSession | undefined =>
      sessions.find((session) => !session.isOver() && session.waitingMs() === null),
    close: () => {
      closed = true;
      clearInterval(timer);
      for (const session of sessions) session.end();
    },
  };
};

/**
 * A client that sits in a zone and writes straight to every server, again and again, without a thought for which of
 * them should take writes. What a server acknowledged is recorded, with the instant at which it was heard, and what became
 * of a write that waited long.
 */
export const createZoneWriter = (options: ZoneWriterOptions): ZoneWriter => {
  const { zone, servers, record, everyMs } = options;
  const run = Date.now().toString(36);
  const counts: Record<string, number> = {};
  let attempts = 0;
  const count = (server: string, what: string): void => {
    const key = `${server} ${what}`;
    counts[key] = (counts[key] ?? 0) + 1;
  };
  const sides = servers.map((server) => ({ server, sessions: createServerSessions(options, server) }));

  const tryOnce = async (server: Server, session: WriterSession): Promise<void> => {
    attempts += 1;
    const id = `w-${zone}-${server.zone}-${run}-${attempts}`;
    const startedMonoMs = instantNow().monoMs;
    const outcome = await session.attempt(id);
    count(server.zone, outcome);
    const { monoMs } = instantNow();
    if (outcome !== ATTEMPT.acknowledged && monoMs - startedMonoMs < PATIENCE_MS) return;
    const { openedMonoMs } = session;
    record.write({ id, server: server.zone, openedMonoMs, startedMonoMs, monoMs, outcome });
  };
  const tick = (): void => {
    record.flush();
    for (const { server, sessions } of sides) {
      const session = sessions.idle();
      if (session === undefined) count(server.zone, 'nobody idle');
      else void tryOnce(server, session);
    }
  };
  const timer = setInterval(tick, everyMs);
  let closed = false;
  return {
    counts: () => counts,
    close: () => {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      for (const { sessions } of sides) sessions.close();
      record.close();
    },
  };
};
