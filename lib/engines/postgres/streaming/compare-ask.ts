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

/** Asks one zone until it answers something else than that replay was in the way. */
export const askIn =
  (sessions: CompareSessions, zone: ZoneId, deadline: Deadline): Ask =>
  async (text, values) => {
    const once = (): Promise<readonly Row[]> =>
      sessions.run(zone, Math.max(1, deadline.remainingMs()), (connection, limit) =>
        connection.query(text, values, limit),
      );
    for (;;) {
      try {
        return await once();
      } catch (error) {
        if (!conflicts.includes(codeOf(error)) || deadline.remainingMs() <= askAgainMs) throw error;
        await pause(askAgainMs);
      }
    }
  };
