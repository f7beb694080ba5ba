import type { ZoneId } from '../domain/topology';
import type { Deadline } from './deadline';
import { startDeadline } from './deadline';

type Work<C, T> = (connection: C, deadline: Deadline) => Promise<T>;

export interface SessionKind<C> {
  open(zone: ZoneId, deadline: Deadline): Promise<C>;
  /** The session is gone, whatever the server does. */
  isLost(error: unknown): boolean;
}

/** One session a zone, for those who look again each round. */
export interface LastingSessions<C> {
  run<T>(zone: ZoneId, timeoutMs: number, work: Work<C, T>): Promise<T>;
  close(): void;
}

/**
 * One session, opened when it is needed and given up after any error. A call that finds it in use takes a session of its
 * own: waiting for somebody else's answer could outlast its deadline.
 */
function createLastingSession<C extends { close(): void }>(kind: SessionKind<C>, zone: ZoneId) {
  let current: C | null = null;
  let isBusy = false;
  const discard = (): void => {
    current?.close();
    current = null;
  };
  const once = async <T>(work: Work<C, T>, deadline: Deadline): Promise<T> => {
    const connection = await kind.open(zone, deadline);
    try {
      return await work(connection, deadline);
    } finally {
      connection.close();
    }
  };
  const attempt = async <T>(work: Work<C, T>, deadline: Deadline): Promise<T> => {
    if (isBusy) return once(work, deadline);
    isBusy = true;
    try {
      current ??= await kind.open(zone, deadline);
      return await work(current, deadline);
    } catch (error) {
      discard();
      throw error;
    } finally {
      isBusy = false;
    }
  };
  return { attempt, discard, isWarm: () => current !== null };
}

/** A session that was ended while nobody used it is no evidence: one more attempt on a fresh one, in the same time. */
export function createLastingSessions<C extends { close(): void }>(kind: SessionKind<C>): LastingSessions<C> {
  const lasting = new Map<ZoneId, ReturnType<typeof createLastingSession<C>>>();
  const sessionOf = (zone: ZoneId) => {
    const known = lasting.get(zone) ?? createLastingSession(kind, zone);
    lasting.set(zone, known);
    return known;
  };
  return {
    run: async (zone, timeoutMs, work) => {
      const session = sessionOf(zone);
      const deadline = startDeadline(timeoutMs);
      const wasWarm = session.isWarm();
      try {
        return await session.attempt(work, deadline);
      } catch (error) {
        if (!wasWarm || !kind.isLost(error)) throw error;
        return session.attempt(work, deadline);
      }
    },
    close: () => lasting.forEach((session) => session.discard()),
  };
}
