import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import { pollUntil, startDeadline } from '../../deadline';
import { settleStandby, underEpoch } from './epoch-guard';
import type { Sessions } from './sessions';

const pausedQuery = 'select pg_is_in_recovery() and pg_is_wal_replay_paused() as paused';

/**
 * The copy's replay is held; WAL still arrives and is kept there, so that nothing has to be copied anew, and a promotion
 * at a price still finds it.
 */
export const pauseReplay = (sessions: Sessions, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(sessions, zone, effect, async ({ connection, deadline, inRecovery }) => {
    if (!inRecovery) throw new Refused('not-standby', `the server in ${zone} writes and follows nobody`);
    await connection.query('select pg_wal_replay_pause()', [], deadline);
    await pollUntil(deadline, { what: `the replay in ${zone} to pause`, everyMs: 10 }, async () => {
      const text = `select pg_get_wal_replay_pause_state() = 'paused' as paused`;
      return (await connection.query(text, [], deadline))[0]?.['paused'] === true ? true : null;
    });
  });

/**
 * Lets a held replay go on. The lock and the replayed row keep a late pause of an older epoch from coming after it; a server
 * that holds nothing is not touched.
 */
export async function resumeReplay(sessions: Sessions, zone: ZoneId, effect: Effect): Promise<void> {
  const deadline = startDeadline(effect.deadlineMs);
  const asking = await sessions.openPlain(zone, deadline);
  try {
    if ((await asking.query(pausedQuery, [], deadline))[0]?.['paused'] !== true) return;
  } finally {
    asking.close();
  }
  const left = { ...effect, deadlineMs: deadline.remainingMs() };
  await underEpoch(sessions, zone, left, async ({ connection, deadline: limit }) => {
    await connection.query('select pg_wal_replay_resume()', [], limit);
  });
  await settleStandby(sessions, zone, effect.epoch, deadline);
}
