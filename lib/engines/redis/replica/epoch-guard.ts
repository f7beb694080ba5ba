import { Refused, StaleEpoch } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { pollUntil, startDeadline } from '../../deadline';
import type { Command, Connection, Reply } from './connection';
import type { FenceRow } from './fence-row';
import { asFenceRow, fenceKey, readFenceRow, writeFenceRow } from './fence-row';
import type { ReplicationInfo } from './replication-info';
import { asReplicationInfo, readReplication } from './replication-info';
import type { Sessions } from './sessions';

/** What the guard found on the server while it watches the fence row. */
export interface Guarded {
  readonly zone: ZoneId;
  readonly epoch: number;
  readonly connection: Connection;
  readonly deadline: Deadline;
  readonly row: FenceRow;
  readonly info: ReplicationInfo;
  /**
   * Does the commands all at once, and only while the fence row is what the guard saw. On a writer the row is raised to the
   * effect's epoch in the same instant; on a replica it is the primary's and can only be watched (§3b.2, §3b.12).
   */
  commit(commands: readonly Command[]): Promise<readonly Reply[]>;
}

/** The row was changed between the look and the act: looked at again. Never leaves this file. */
class RowChanged extends Error {}

const staleUnder = (zone: ZoneId, ours: number, theirs: number): StaleEpoch =>
  new StaleEpoch(`epoch ${ours} refused in ${zone}: epoch ${theirs} is in force there; read the seat again`);

async function look(connection: Connection, zone: ZoneId, epoch: number, deadline: Deadline) {
  const watched = [['WATCH', fenceKey], readFenceRow, readReplication] as const;
  const [, rowReply = null, infoReply = null] = await connection.runAll(watched, deadline);
  const row = asFenceRow(rowReply);
  if (row === null)
    throw new Refused(
      'no-fence-row',
      `${fenceKey} in ${zone} is missing: this server was never provisioned for Evac`,
    );
  if (epoch < row.epoch) throw staleUnder(zone, epoch, row.epoch);
  return { row, info: asReplicationInfo(infoReply) };
}

async function attempt<T>(
  connection: Connection,
  at: { readonly zone: ZoneId; readonly epoch: number; readonly deadline: Deadline },
  act: (guarded: Guarded) => Promise<T>,
): Promise<T> {
  const { zone, epoch, deadline } = at;
  const { row, info } = await look(connection, zone, epoch, deadline);
  const raised = info.isReplica ? [] : [writeFenceRow({ epoch })];
  const commit = async (commands: readonly Command[]): Promise<readonly Reply[]> => {
    const replies = await connection.commit([...raised, ...commands], deadline);
    if (replies === null) throw new RowChanged();
    return replies.slice(raised.length);
  };
  return act({ zone, epoch, connection, deadline, row, info, commit });
}

/** Null: the row was changed meanwhile. */
async function attemptOnce<T>(
  ...[connection, at, act]: Parameters<typeof attempt<T>>
): Promise<{ readonly result: T } | null> {
  try {
    return { result: await attempt(connection, at, act) };
  } catch (error) {
    if (error instanceof RowChanged) return null;
    throw error;
  }
}

/**
 * Runs `act` in `zone` under the epoch (I4, §3b.12): watch, compare, act in one transaction. A row that was changed
 * meanwhile is compared anew. `act` may run more than once and commits at most once.
 * @throws StaleEpoch when a newer epoch has been seen there, Refused `no-fence-row`, DeadlineExceeded, Unreachable.
 */
export async function underEpoch<T>(
  sessions: Sessions,
  zone: ZoneId,
  effect: Effect,
  act: (guarded: Guarded) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(effect.deadlineMs);
  const connection = await sessions.open(zone, deadline);
  try {
    const at = { zone, epoch: effect.epoch, deadline };
    const what = `the fence row in ${zone} to stand still`;
    const { result } = await pollUntil(deadline, { what, everyMs: 1 }, () =>
      attemptOnce(connection, at, act),
    );
    return result;
  } finally {
    connection.close();
  }
}

/** @throws Refused when the server in `zone` is a replica: the effect needs the writer. */
export function requireWriter({ zone, info, row }: Guarded): void {
  if (!info.isReplica) return;
  const message = `the server in ${zone} is a replica (its fence row names ${row.zone}); promote it first`;
  throw new Refused('not-writer', message, { zone, writer: row.zone });
}

/**
 * A writer's row names its own zone, from the end of its promotion on. One that names another zone is of an older history: the
 * server came back without what it acknowledged since, and whoever copied it now would lose that, too.
 * @throws Refused `not-writer`, `lost-history`
 */
export function requireOwnHistory(guarded: Guarded): void {
  requireWriter(guarded);
  const { zone, row } = guarded;
  if (row.zone === zone) return;
  throw new Refused(
    'lost-history',
    `Redis in ${zone} is no replica, and its fence row names ${row.zone} at epoch ${row.epoch}: it has lost what it acknowledged as the writer. ` +
      `Nothing was changed; the copy in ${row.zone} may have more, so compare the two before either is overwritten (docs/runbooks.md)`,
    { zone, names: row.zone, rowEpoch: row.epoch },
  );
}

/**
 * Waits until the replica in `zone` has received `epoch`: from then on a transaction that watched an older row fails.
 * @throws Refused `promoted`, DeadlineExceeded, Unreachable.
 */
export async function settleReplica(
  sessions: Sessions,
  zone: ZoneId,
  epoch: number,
  deadline: Deadline,
): Promise<void> {
  const connection = await sessions.open(zone, deadline);
  try {
    await pollUntil(
      deadline,
      { what: `epoch ${epoch} to be replicated to ${zone}`, everyMs: 5 },
      async () => {
        const [rowReply = null, infoReply = null] = await connection.runAll(
          [readFenceRow, readReplication],
          deadline,
        );
        if (!asReplicationInfo(infoReply).isReplica)
          throw new Refused('promoted', `the replica in ${zone} has been promoted: only forward from here`, {
            zone,
          });
        return (asFenceRow(rowReply)?.epoch ?? -1) >= epoch ? true : null;
      },
    );
  } finally {
    connection.close();
  }
}
