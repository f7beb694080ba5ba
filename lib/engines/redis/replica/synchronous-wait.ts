import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import { pollUntil } from '../../deadline';
import type { Reply } from './connection';
import type { Guarded } from './epoch-guard';
import { requireOwnHistory, underEpoch } from './epoch-guard';
import { writeFenceRow } from './fence-row';
import { asReplicationInfo, readReplication } from './replication-info';
import type { Sessions } from './sessions';

/** The replica of `zone` that was made under `epoch` (§3b.4). */
export const replicaNameOf = (zone: ZoneId, epoch: number): string => `${zone}-e${epoch}`;

/** One WAIT, ms: short, so that the deadline is looked at in between. */
const waitStepMs = 50;

/** WAIT counts whoever is connected; a stranger would be taken for the standby. @throws Refused `stray-replica` */
async function waitConnected({ connection, deadline, zone }: Guarded): Promise<void> {
  await pollUntil(deadline, { what: `a replica of ${zone} to be connected`, everyMs: 10 }, async () => {
    const { replicas } = asReplicationInfo(await connection.run(readReplication, deadline));
    if (replicas.length > 1)
      throw new Refused(
        'stray-replica',
        `${replicas.length} replicas follow ${zone}; stop all but the standby's`,
      );
    return replicas[0]?.state === 'online' ? true : null;
  });
}

/** The standby itself is asked: what the writer knows of it is up to a second old. */
async function waitReceived(sessions: Sessions, guarded: Guarded, standby: ZoneId): Promise<void> {
  const { connection, deadline, zone } = guarded;
  const writer = asReplicationInfo(await connection.run(readReplication, deadline));
  const other = await sessions.open(standby, deadline);
  try {
    await pollUntil(deadline, { what: `${standby} to have what ${zone} has`, everyMs: 3 }, async () => {
      const seen = asReplicationInfo(await other.run(readReplication, deadline));
      return seen.isReplica && seen.history === writer.history && seen.offset >= writer.offset ? true : null;
    });
  } finally {
    other.close();
  }
}

const isFalse = (persistence: Reply, field: string): boolean =>
  new RegExp(`^${field}:0\\r?$`, 'm').test(String(persistence));

/** By INFO persistence: what it holds in memory is in its append-only file, too, or it keeps none. */
export const isOnDisk = (persistence: Reply): boolean => {
  if (isFalse(persistence, 'aof_enabled')) return true;
  const isWritten = ['loading', 'aof_rewrite_in_progress', 'aof_rewrite_scheduled'].every((field) =>
    isFalse(persistence, field),
  );
  return isWritten && /^aof_last_bgrewrite_status:ok/m.test(String(persistence));
};

/**
 * A replica that has taken a whole copy writes it out in the background. Killed before the end, it would come back with what
 * it had before the copy: promoted meanwhile, it would be a writer that has lost what it acknowledged.
 */
async function waitOnDisk(sessions: Sessions, { deadline }: Guarded, standby: ZoneId): Promise<void> {
  const other = await sessions.open(standby, deadline);
  try {
    await pollUntil(deadline, { what: `${standby} to have its copy on disk`, everyMs: 10 }, async () =>
      isOnDisk(await other.run(['INFO', 'persistence'], deadline)) ? true : null,
    );
  } finally {
    other.close();
  }
}

/** A write of our own is held and let go as the workload's are. */
async function proveWait({ connection, deadline }: Guarded): Promise<void> {
  await pollUntil(deadline, { what: 'the replica to acknowledge a write', everyMs: 1 }, async () => {
    await connection.run(['SET', 'evac:gate', String(deadline.totalMs)], deadline);
    const acknowledged = await connection.run(['WAIT', 1, waitStepMs], deadline);
    return typeof acknowledged === 'number' && acknowledged >= 1 ? true : null;
  });
}

/**
 * See `Engine.ensureSynchronous`. The workload reads the row in the transaction of each write, so that from the commit on no
 * write is acknowledged alone, and those that were acknowledged alone come before it in the one history: the standby
 * is eligible when it has received that. Nothing stalls.
 * A run that fails leaves the row as it is: a second run at its epoch may have had the standby called eligible since
 * (I8). Who settles the rejoin takes a new epoch, and `degrade` then says that nobody is waited for.
 * @throws DeadlineExceeded when the replica is not there or not level: the standby must not be called eligible.
 * Refused `stray-replica`.
 */
export const ensureSynchronous = (
  sessions: Sessions,
  writer: ZoneId,
  standby: ZoneId,
  effect: Effect,
): Promise<void> =>
  underEpoch(sessions, writer, effect, async (guarded) => {
    requireOwnHistory(guarded);
    await waitConnected(guarded);
    await waitOnDisk(sessions, guarded, standby);
    // A replica that has just taken the whole copy acknowledges up to a second later: the workload is not to wait for that.
    await proveWait(guarded);
    await guarded.commit([writeFenceRow({ standby: replicaNameOf(standby, effect.epoch) })]);
    await waitReceived(sessions, guarded, standby);
    await proveWait(guarded);
  });

/** CLIENT LIST prints one client a line, `name=value` in any order. */
export const waitingAmong = (list: Reply): readonly string[] =>
  String(list)
    .split('\n')
    .filter((line) => / cmd=wait /.test(line) && / flags=\w*b/.test(line))
    .flatMap((line) => /\bid=(\d+)/.exec(line)?.[1] ?? []);

/**
 * See `Engine.degrade`: writes from here on are acknowledged alone, so "not eligible" must be in the seat before (I8). Who
 * waits now is let go with the answer that nobody has its write: not acknowledged, to be tried again.
 */
export const degrade = (sessions: Sessions, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(sessions, zone, effect, async (guarded) => {
    requireOwnHistory(guarded);
    const { connection, deadline } = guarded;
    await guarded.commit([writeFenceRow({ standby: '' })]);
    await pollUntil(deadline, { what: `waiting clients in ${zone} to be let go`, everyMs: 3 }, async () => {
      const waiting = waitingAmong(await connection.run(['CLIENT', 'LIST', 'TYPE', 'normal'], deadline));
      await connection.runAll(
        waiting.map((id) => ['CLIENT', 'UNBLOCK', id] as const),
        deadline,
      );
      return waiting.length === 0 ? true : null;
    });
  });
