import { Refused, StaleEpoch } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { Connection } from './connection';
import type { Deadline } from '../../deadline';
import { pollUntil, startDeadline } from '../../deadline';
import type { Sessions } from './sessions';
import { epochOfName } from './sessions';

/** Key of the one advisory lock under which effects act: "EVAC" in ASCII. It works on a hot standby, too. */
export const lockKey = 0x45564143;

/** What the guard found on the server, under the lock. */
export interface Guarded {
  readonly zone: ZoneId;
  readonly epoch: number;
  readonly connection: Connection;
  readonly deadline: Deadline;
  readonly inRecovery: boolean;
  /** The zone that the fence row says writes; on a standby the replayed row's. */
  readonly rowZone: ZoneId;
}

interface Holder {
  readonly pid: number;
  readonly epoch: number | null;
}

const holdersQuery = `
  select l.pid, a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.classid = 0 and l.objid = ${lockKey} and l.objsubid = 1 and l.granted
    and l.database = (select oid from pg_database where datname = current_database()) and l.pid <> pg_backend_pid()`;

async function readHolders(connection: Connection, deadline: Deadline): Promise<readonly Holder[]> {
  const rows = await connection.query(holdersQuery, [], deadline);
  return rows.map((row) => ({ pid: Number(row['pid']), epoch: epochOfName(row['application_name']) }));
}

const staleUnder = (zone: ZoneId, ours: number, theirs: number): StaleEpoch =>
  new StaleEpoch(`epoch ${ours} refused in ${zone}: epoch ${theirs} is in force there; read the seat again`);

/** Ends the sessions that hold the lock for an epoch below `epoch`; answers how many are left of those. */
export async function endOlderHolders(
  connection: Connection,
  epoch: number,
  deadline: Deadline,
): Promise<number> {
  const older = (await readHolders(connection, deadline)).filter((holder) => (holder.epoch ?? 0) < epoch);
  for (const { pid } of older) await connection.query('select pg_terminate_backend($1)', [pid], deadline);
  return older.length;
}

/**
 * Takes the lock. A holder of an older epoch is ended at once; one of the same epoch, the same step run twice, is
 * waited for and ended after a third of the time: its effect is the same desired state.
 */
async function takeLock(
  connection: Connection,
  zone: ZoneId,
  epoch: number,
  deadline: Deadline,
): Promise<void> {
  const patienceMs = deadline.remainingMs() * (2 / 3);
  await pollUntil(deadline, { what: `the lock of epoch ${epoch} in ${zone}`, everyMs: 5 }, async () => {
    const text = 'select pg_try_advisory_lock($1) as taken';
    const [row] = await connection.query(text, [lockKey], deadline);
    if (row?.['taken'] === true) return true;
    const newer = (await readHolders(connection, deadline)).find((holder) => (holder.epoch ?? 0) > epoch);
    if (newer?.epoch !== undefined && newer.epoch !== null) throw staleUnder(zone, epoch, newer.epoch);
    const endBelow = deadline.remainingMs() < patienceMs ? epoch + 1 : epoch;
    await endOlderHolders(connection, endBelow, deadline);
    return null;
  });
}

const rowQuery = `select pg_is_in_recovery() as in_recovery, f.epoch::float8 as epoch, f.zone
  from (select 1) one left join evac.fence f on f.id = 1`;

async function compareEpoch(connection: Connection, zone: ZoneId, epoch: number, deadline: Deadline) {
  const [row] = await connection.query(rowQuery, [], deadline);
  const standing = row?.['epoch'];
  if (typeof standing !== 'number')
    throw new Refused(
      'no-fence-row',
      `evac.fence in ${zone} is empty: this server was never provisioned for Evac`,
    );
  if (epoch < standing) throw staleUnder(zone, epoch, standing);
  return { inRecovery: row?.['in_recovery'] === true, rowZone: String(row?.['zone']), standing };
}

/** Raises the fence row where it can be written; the session never waits for the standby. */
export async function raiseFenceRow(guarded: Omit<Guarded, 'rowZone' | 'inRecovery'>): Promise<void> {
  const { connection, epoch, zone, deadline } = guarded;
  const text = 'update evac.fence set epoch = $1, zone = $2 where id = 1';
  await connection.query(text, [epoch, zone], deadline);
}

/**
 * Runs `act` in `zone` under the lock and the epoch (I4, §3b.1-4): lock, compare, raise, act, release. On a standby the
 * row is a replica of the primary's and is only compared (§3b.2).
 * @throws StaleEpoch when a newer epoch has been seen there, DeadlineExceeded, Unreachable.
 */
export async function underEpoch<T>(
  sessions: Sessions,
  zone: ZoneId,
  effect: Effect,
  act: (guarded: Guarded) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(effect.deadlineMs);
  const { epoch } = effect;
  const connection = await sessions.openEffect(zone, epoch, deadline);
  try {
    await takeLock(connection, zone, epoch, deadline);
    const { inRecovery, rowZone, standing } = await compareEpoch(connection, zone, epoch, deadline);
    const guarded = { zone, epoch, connection, deadline, inRecovery, rowZone };
    if (!inRecovery && standing < epoch) await raiseFenceRow(guarded);
    const result = await act(guarded);
    await connection.query('select pg_advisory_unlock_all()', [], deadline);
    return result;
  } finally {
    connection.close();
  }
}

/** @throws Refused when the server in `zone` is a standby: the effect needs the writer. */
export function requireWriter({ zone, inRecovery, rowZone }: Guarded): void {
  if (!inRecovery) return;
  const message = `the server in ${zone} is a standby (its fence row names ${rowZone}); promote it first`;
  throw new Refused('not-writer', message, { zone, writer: rowZone });
}

/** Waits until the other side has replayed `epoch` and nobody older holds its lock: no late effect can act there now. */
export async function settleStandby(
  sessions: Sessions,
  zone: ZoneId,
  epoch: number,
  deadline: Deadline,
): Promise<void> {
  const connection = await sessions.openEffect(zone, epoch, deadline);
  try {
    await pollUntil(deadline, { what: `epoch ${epoch} to be replayed in ${zone}`, everyMs: 10 }, async () => {
      const [row] = await connection.query(rowQuery, [], deadline);
      if (row?.['in_recovery'] !== true)
        throw new Refused('promoted', `the standby in ${zone} has been promoted: only forward from here`, {
          zone,
        });
      return typeof row['epoch'] === 'number' && row['epoch'] >= epoch ? true : null;
    });
    await pollUntil(deadline, { what: `older effects in ${zone} to end`, everyMs: 5 }, async () =>
      (await endOlderHolders(connection, epoch, deadline)) === 0 ? true : null,
    );
  } finally {
    connection.close();
  }
}
