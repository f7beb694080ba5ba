import { DeadlineExceeded, EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, LevelReport } from '../../../ports/engine';
import type { Connection, Row } from './connection';
import type { Deadline } from '../../deadline';
import { pollUntil, startDeadline } from '../../deadline';
import type { Sessions } from './sessions';

const writerQuery = 'select pg_current_wal_flush_lsn()::text as position';

/** Level when the standby has flushed *and* replayed the position: then promoting it shows all of it at once. */
const standbyQuery = `select p.position::text as position,
  case when $1::pg_lsn is null then null else greatest(0, pg_wal_lsn_diff($1::pg_lsn, p.position))::float8 end as behind
  from (select least(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) as position) p`;

/** Null when the server cannot be asked: what is not known is reported as such, the caller decides. */
async function askOnce(
  open: () => Promise<Connection>,
  ask: { readonly text: string; readonly values: readonly unknown[] },
  deadline: Deadline,
): Promise<Row | null> {
  try {
    const connection = await open();
    try {
      return (await connection.query(ask.text, ask.values, deadline))[0] ?? null;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof EvacError) return null;
    throw error;
  }
}

const positionOf = (row: Row | null): string | null =>
  typeof row?.['position'] === 'string' ? row['position'] : null;

/** See `Engine.waitUntilLevel`: never an error for a silent server or a passed deadline, `level: false` with what is known. */
export async function waitUntilLevel(
  sessions: Sessions,
  from: ZoneId,
  to: ZoneId,
  effect: Effect,
): Promise<LevelReport> {
  const deadline = startDeadline(effect.deadlineMs);
  // A silent writer takes half of the time at most: the standby's own position is wanted in any case.
  const half = deadline.keeping(effect.deadlineMs / 2);
  const writer = await askOnce(() => sessions.openPlain(from, half), { text: writerQuery, values: [] }, half);
  const writerPosition = positionOf(writer);
  let seen: LevelReport = { level: false, writerPosition, standbyPosition: null, bytesBehind: null };
  const look = async (): Promise<LevelReport | null> => {
    const ask = { text: standbyQuery, values: [writerPosition] };
    const row = await askOnce(() => sessions.openPlain(to, deadline), ask, deadline);
    const bytesBehind = typeof row?.['behind'] === 'number' ? row['behind'] : null;
    seen = { level: bytesBehind === 0, writerPosition, standbyPosition: positionOf(row), bytesBehind };
    return seen.level || writerPosition === null ? seen : null;
  };
  try {
    return await pollUntil(deadline, { what: `${to} to be level with ${from}`, everyMs: 5 }, look);
  } catch (error) {
    if (error instanceof DeadlineExceeded) return seen;
    throw error;
  }
}
