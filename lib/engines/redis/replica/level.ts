import { DeadlineExceeded, EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, LevelReport } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { pollUntil, startDeadline } from '../../deadline';
import type { ReplicationInfo } from './replication-info';
import { asReplicationInfo, readReplication } from './replication-info';
import type { Sessions } from './sessions';

/** Null when the server cannot be asked: what is not known is reported as such, the caller decides. */
async function infoOf(sessions: Sessions, zone: ZoneId, deadline: Deadline): Promise<ReplicationInfo | null> {
  try {
    const connection = await sessions.open(zone, deadline);
    try {
      return asReplicationInfo(await connection.run(readReplication, deadline));
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof EvacError) return null;
    throw error;
  }
}

/** Offsets compare only within one history. */
export const positionOf = ({ history, offset }: ReplicationInfo): string => `${history}:${offset}`;

/** See `Engine.waitUntilLevel`: never an error for a silent server or a passed deadline, `level: false` with what is known. */
export async function waitUntilLevel(
  sessions: Sessions,
  from: ZoneId,
  to: ZoneId,
  effect: Effect,
): Promise<LevelReport> {
  const deadline = startDeadline(effect.deadlineMs);
  // A silent writer takes half of the time at most: the replica's own position is wanted in any case.
  const writer = await infoOf(sessions, from, deadline.keeping(effect.deadlineMs / 2));
  const writerPosition = writer === null ? null : positionOf(writer);
  let seen: LevelReport = { level: false, writerPosition, standbyPosition: null, bytesBehind: null };
  const look = async (): Promise<LevelReport | null> => {
    const standby = await infoOf(sessions, to, deadline);
    const comparable = writer !== null && standby !== null && standby.history === writer.history;
    const bytesBehind = comparable ? Math.max(0, writer.offset - standby.offset) : null;
    const standbyPosition = standby === null ? null : positionOf(standby);
    seen = { level: bytesBehind === 0, writerPosition, standbyPosition, bytesBehind };
    return seen.level || writer === null ? seen : null;
  };
  try {
    return await pollUntil(deadline, { what: `${to} to be level with ${from}`, everyMs: 3 }, look);
  } catch (error) {
    if (error instanceof DeadlineExceeded) return seen;
    throw error;
  }
}
