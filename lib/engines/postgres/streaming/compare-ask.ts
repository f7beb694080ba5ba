import { setTimeout as pause } from 'node:timers/promises';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { LastingSessions } from '../../lasting-sessions';
import type { Ask } from './compare-tables';
import type { Connection, Row } from './connection';
import { codeOf } from './failure';

export type CompareSessions = LastingSessions<Connection>;

/** A standby ends a query that its replay cannot wait for (40001), or that it is deadlocked with (40P01). */
const conflicts: readonly (string | null)[] = ['40001', '40P01'];
const askAgainMs = 50;

/** The query failed for what it read, or was in the way; the session that asked is as good as before. */
const ofTheQuery = /^(22|40|58|XX)/;

type Answered = { readonly rows: readonly Row[] } | { readonly failed: unknown };

/**
 * One damaged page fails a query for each of its rows: a session lost with every one would cost the server a login each, some
 * hundred in a second, and the witnesses their answers.
 */
const askOn = async (
  connection: Connection,
  query: readonly [text: string, values: Parameters<Ask>[1]],
  limit: Deadline,
): Promise<Answered> => {
  try {
    return { rows: await connection.query(...query, limit) };
  } catch (failed) {
    if (ofTheQuery.test(codeOf(failed) ?? '')) return { failed };
    throw failed;
  }
};

/** Asks one zone until it answers something else than that replay was in the way. */
export const askIn =
  (sessions: CompareSessions, zone: ZoneId, deadline: Deadline): Ask =>
  async (text, values) => {
    const once = async (): Promise<readonly Row[]> => {
      const answered = await sessions.run(zone, Math.max(1, deadline.remainingMs()), (connection, limit) =>
        askOn(connection, [text, values], limit),
      );
      if ('failed' in answered) throw answered.failed;
      return answered.rows;
    };
    for (;;) {
      try {
        return await once();
      } catch (error) {
        if (!conflicts.includes(codeOf(error)) || deadline.remainingMs() <= askAgainMs) throw error;
        await pause(askAgainMs);
      }
    }
  };
