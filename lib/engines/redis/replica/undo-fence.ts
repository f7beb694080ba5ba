import { EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import { startDeadline } from '../../deadline';
import { requireOwnHistory, settleReplica, underEpoch } from './epoch-guard';
import type { RedisContext } from './redis-replica';
import { openTo, openUsers } from './workload-users';

/**
 * See `Engine.undoFence` and §3b.1: the epoch is raised here and received there; only then is the workload let in again.
 * A late promotion of the operation undone finds the newer epoch, or fails because the row it watched was changed.
 * @throws Refused `promoted` when the switch has happened already; Unreachable or DeadlineExceeded when the replica
 * cannot be settled: then only forward, or again once the replica was stopped.
 */
export async function undoFence(
  { sessions, workloadUsers }: RedisContext,
  from: ZoneId,
  { standby }: { readonly standby: ZoneId | null },
  effect: Effect,
): Promise<void> {
  const deadline = startDeadline(effect.deadlineMs);
  await underEpoch(sessions, from, effect, async (guarded) => {
    requireOwnHistory(guarded);
    await guarded.commit([]);
  });
  if (standby !== null) await settleReplica(sessions, standby, effect.epoch, deadline);
  await underEpoch(sessions, from, { ...effect, deadlineMs: deadline.remainingMs() }, async (guarded) => {
    requireOwnHistory(guarded);
    await guarded.commit(openTo(workloadUsers));
    const open = await openUsers(guarded.connection, workloadUsers, guarded.deadline);
    if (open.length < workloadUsers.length)
      throw new EvacError(
        `only ${open.length} of ${workloadUsers.length} users were let in to Redis in ${from}`,
      );
  });
}
