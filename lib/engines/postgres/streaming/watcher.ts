import type { ProbeResult } from '../../../domain/observation';
import type { ZoneId } from '../../../domain/topology';
import type { Connection } from './connection';
import type { Deadline } from './deadline';
import { startDeadline } from './deadline';
import { isLost, judgeFailure } from './failure';
import { fromReplicationRow, replicationQuery } from './replication-view';
import type { Sessions } from './sessions';
import { Unreachable } from '../../../domain/errors';

type Work<T> = (connection: Connection, deadline: Deadline) => Promise<T>;

/** What a witness does each round, on one lasting session a zone. */
export interface Watcher {
  probe(zone: ZoneId, timeoutMs: number): Promise<ProbeResult>;
  beacon(zone: ZoneId, atMs: number, timeoutMs: number): Promise<void>;
  newestBeaconMs(zone: ZoneId, timeoutMs: number): Promise<number | null>;
  close(): void;
}

// One simple query, one round trip. READ WRITE, because the session follows default_transaction_read_only as the workload's do.
const beaconStatement = (zone: ZoneId, atMs: number): string =>
  `begin read write;
   insert into evac.beacon as b (zone, at_ms) values (${quoted(zone)}, ${Math.trunc(atMs)})
     on conflict (zone) do update set at_ms = greatest(b.at_ms, excluded.at_ms);
   commit`;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * One session a zone, opened when it is needed and given up after any error. A call that finds it in use takes a session
 * of its own: waiting for somebody else's answer could outlast its deadline.
 */
function createLastingSession(sessions: Sessions, zone: ZoneId) {
  let current: Connection | null = null;
  let isBusy = false;
  const discard = (): void => {
    current?.close();
    current = null;
  };
  const once = async <T>(work: Work<T>, deadline: Deadline): Promise<T> => {
    const connection = await sessions.openPlain(zone, deadline);
    try {
      return await work(connection, deadline);
    } finally {
      connection.close();
    }
  };
  const attempt = async <T>(work: Work<T>, deadline: Deadline): Promise<T> => {
    if (isBusy) return once(work, deadline);
    isBusy = true;
    try {
      current ??= await sessions.openPlain(zone, deadline);
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

/** A witness's eyes and its beacon. Nothing here waits for the synchronous standby. */
export function createWatcher(sessions: Sessions): Watcher {
  const lasting = new Map<ZoneId, ReturnType<typeof createLastingSession>>();
  const sessionOf = (zone: ZoneId) => {
    const known = lasting.get(zone) ?? createLastingSession(sessions, zone);
    lasting.set(zone, known);
    return known;
  };
  /** A session that was ended while nobody used it is no evidence: one more attempt on a fresh one, in the same time. */
  const run = async <T>(zone: ZoneId, timeoutMs: number, work: Work<T>): Promise<T> => {
    const session = sessionOf(zone);
    const deadline = startDeadline(timeoutMs);
    const wasWarm = session.isWarm();
    try {
      return await session.attempt(work, deadline);
    } catch (error) {
      const lost = error instanceof Unreachable && isLost(error.cause);
      if (!wasWarm || !lost) throw error;
      return session.attempt(work, deadline);
    }
  };
  return {
    probe: async (zone, timeoutMs) => {
      const startedMs = performance.now();
      try {
        const [row] = await run(zone, timeoutMs, (connection, deadline) =>
          connection.queryPrepared('evac_view', replicationQuery, deadline),
        );
        const latencyMs = performance.now() - startedMs;
        return { state: 'ok', reason: null, latencyMs, replication: fromReplicationRow(row ?? {}) };
      } catch (error) {
        return { ...judgeFailure(error), latencyMs: null };
      }
    },
    beacon: async (zone, atMs, timeoutMs) => {
      await run(zone, timeoutMs, (connection, deadline) =>
        connection.query(beaconStatement(zone, atMs), [], deadline),
      );
    },
    newestBeaconMs: async (zone, timeoutMs) => {
      const text = 'select max(at_ms)::float8 as at_ms from evac.beacon';
      try {
        const [row] = await run(zone, timeoutMs, (connection, deadline) =>
          connection.query(text, [], deadline),
        );
        return typeof row?.['at_ms'] === 'number' ? row['at_ms'] : null;
      } catch {
        return null;
      }
    },
    close: () => lasting.forEach((session) => session.discard()),
  };
}
