import { EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import { requireOwnHistory, requireWriter, underEpoch } from './epoch-guard';
import { writeFenceRow } from './fence-row';
import type { RedisContext } from './redis-replica';
import { closeTo, openTo, openUsers } from './workload-users';

const within = (effect: Effect, deadline: Deadline): Effect => ({
  ...effect,
  deadlineMs: deadline.remainingMs(),
});

/**
 * See `Engine.ensureWriterIn`: promotes a replica; on a writer it only raises the row. The workload is kept out in the same
 * transaction, since a promoted server would take its writes at once. The row can be written only after it.
 */
export async function ensureWriterIn(context: RedisContext, zone: ZoneId, effect: Effect): Promise<void> {
  const { sessions, workloadUsers } = context;
  const deadline = startDeadline(effect.deadlineMs);
  await underEpoch(sessions, zone, effect, async ({ info, commit }) => {
    if (info.isReplica) await commit([...closeTo(workloadUsers), ['REPLICAOF', 'NO', 'ONE']]);
  });
  await underEpoch(sessions, zone, within(effect, deadline), async (guarded) => {
    requireWriter(guarded);
    const { row, commit } = guarded;
    const named = { zone, standby: '', timeline: row.timeline + 1 };
    await commit(row.zone === zone ? [] : [writeFenceRow(named)]);
  });
}

/** See `Engine.admitWrites`. @throws Refused `not-writer` on a replica. */
export const admitWrites = (
  { sessions, workloadUsers }: RedisContext,
  zone: ZoneId,
  effect: Effect,
): Promise<void> =>
  underEpoch(sessions, zone, effect, async (guarded) => {
    requireOwnHistory(guarded);
    await guarded.commit(openTo(workloadUsers));
    const open = await openUsers(guarded.connection, workloadUsers, guarded.deadline);
    const closed = workloadUsers.filter((user) => !open.includes(user));
    if (closed.length > 0)
      throw new EvacError(`${closed.join(', ')} still may not come in to Redis in ${zone}`);
  });
