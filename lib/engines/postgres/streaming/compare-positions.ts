import type { Reading } from '../../../domain/consistency/reading';
import { DeadlineExceeded } from '../../../domain/errors';
import type { CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { pollUntil } from '../../deadline';
import type { CompareSessions } from './compare-ask';
import { askIn } from './compare-ask';
import { asUnread } from './compare-rows';
import type { Ask } from './compare-tables';

/**
 * Where the writer's history ends now, whatever of it is written or flushed. A position just behind the header of a page
 * is what replay calls the page's beginning.
 */
const endQuery = `select (l - case when (l - '0/0'::pg_lsn) % 8192 in (24, 40) then (l - '0/0'::pg_lsn) % 8192 else 0 end)::text
  as position from pg_current_wal_insert_lsn() l`;
const passedQuery = `select pg_is_in_recovery() as follows, pg_last_wal_replay_lsn() >= $1::pg_lsn as passed,
  pg_last_wal_replay_lsn()::text as position`;

/** Every transaction that writes holds a lock on its own number, prepared ones and those of savepoints, too, until all see its end. */
const writing = `locktype = 'transactionid' and mode = 'ExclusiveLock' and granted`;
const writingQuery = `select coalesce(array_agg(distinct transactionid::text), '{}') as running from pg_locks where ${writing}`;
/** One whose session waits for its client has not begun to commit, so nothing of it can be at the copy. */
const committingQuery = `select count(*)::int as count from pg_locks l
  where ${writing} and l.transactionid::text = any($1::text[]) and not exists (
    select from pg_stat_activity a where a.pid = l.pid and a.state like 'idle in transaction%')`;

const everyMs = 2;

/** What was waited for, or why it is not known. */
const orUnread = async (wait: () => Promise<Reading<true>>): Promise<Reading<true>> => {
  try {
    return await wait();
  } catch (error) {
    return { state: 'unknown', words: asUnread(error).words };
  }
};

const wasPassed =
  (ask: Ask, wanted: string, { copy }: CopyPair) =>
  async (): Promise<Reading<true> | null> => {
    const [seen] = await ask(passedQuery, [wanted]);
    if (seen?.['follows'] !== true) return { state: 'unknown', words: `the server in ${copy} is no standby` };
    return seen['passed'] === true ? { state: 'read', value: true } : null;
  };

/** See `CopyReader.catchUp`. */
export const catchUp = (
  sessions: CompareSessions,
  pair: CopyPair,
  deadline: Deadline,
): Promise<Reading<true>> =>
  orUnread(async () => {
    const [end] = await askIn(sessions, pair.writer, deadline)(endQuery, []);
    const wanted = String(end?.['position']);
    const what = `${pair.copy} to replay up to ${wanted} of ${pair.writer}`;
    const passed = wasPassed(askIn(sessions, pair.copy, deadline), wanted, pair);
    return pollUntil(deadline, { what, everyMs }, passed);
  });

/**
 * Waits until all that the copy may show now is visible at the writer, too: a commit is in its history, and at a synchronous
 * standby, before the writer shows it.
 */
export const showAll = (
  sessions: CompareSessions,
  pair: CopyPair,
  deadline: Deadline,
): Promise<Reading<true>> =>
  orUnread(async () => {
    const ask = askIn(sessions, pair.writer, deadline);
    const [now] = await ask(writingQuery, []);
    const ended = async (): Promise<Reading<true> | null> => {
      const [left] = await ask(committingQuery, [now?.['running']]);
      return left?.['count'] === 0 ? { state: 'read', value: true } : null;
    };
    try {
      return await pollUntil(deadline, { what: `transactions of ${pair.writer} to end`, everyMs }, ended);
    } catch (error) {
      if (!(error instanceof DeadlineExceeded)) throw error;
      return { state: 'unknown', words: `a transaction has been writing at ${pair.writer} all the time` };
    }
  });
