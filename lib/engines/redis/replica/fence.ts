import { StaleEpoch } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, FenceReport } from '../../../ports/engine';
import { startDeadline } from '../../deadline';
import type { PowerFence } from '../../power-fence';
import { powerFence } from '../../power-fence';
import type { Guarded } from './epoch-guard';
import { underEpoch } from './epoch-guard';
import { asFenceRow, readFenceRow } from './fence-row';
import type { RedisContext } from './redis-replica';
import { asReplicationInfo, readReplication } from './replication-info';
import type { Sessions } from './sessions';
import { askUsersFile, closeTo, openUsers, usersFileFindings } from './workload-users';

async function keepWorkloadOut(guarded: Guarded, users: readonly string[]): Promise<FenceReport> {
  const { zone, info, connection, deadline } = guarded;
  const kind = 'read-only';
  if (info.isReplica)
    return { kind, holds: true, why: `the server in ${zone} is a replica: it takes no write` };
  const [missing] = usersFileFindings(zone, await connection.run(askUsersFile, deadline));
  if (missing !== undefined) return { kind, holds: false, why: missing };
  const replies = await guarded.commit(closeTo(users));
  const ended = replies.reduce<number>((sum, reply) => sum + (typeof reply === 'number' ? reply : 0), 0);
  const open = await openUsers(connection, users, deadline);
  const holds = open.length === 0;
  const why = holds
    ? `${users.join(', ')} may not come in to Redis in ${zone}, and the ${ended} sessions that were open have ended`
    : `${open.join(', ')} may still come in to Redis in ${zone}`;
  return { kind, holds, why };
}

/**
 * The seat says the replica holds every acknowledged write; its copy of the fence row must agree. The old writer itself is
 * not asked: it may be dead, frozen or cut off.
 */
async function synchronousFence(sessions: Sessions, from: ZoneId, effect: Effect): Promise<FenceReport> {
  const kind = 'synchronous-standby';
  const deadline = startDeadline(effect.deadlineMs);
  const [standby] = sessions.zones.filter((zone) => zone !== from);
  if (standby === undefined) return { kind, holds: false, why: `redis has no server outside ${from}` };
  const connection = await sessions.open(standby, deadline);
  try {
    const [rowReply = null, infoReply = null] = await connection.runAll(
      [readFenceRow, readReplication],
      deadline,
    );
    const row = asFenceRow(rowReply);
    if (row !== null && row.epoch > effect.epoch)
      throw new StaleEpoch(
        `fence of epoch ${effect.epoch} refused: ${standby} has received epoch ${row.epoch}`,
      );
    const { isReplica } = asReplicationInfo(infoReply);
    const holds = !isReplica || (row?.zone === from && row.standby.startsWith(`${standby}-e`));
    const seen = `its fence row names ${row?.zone ?? 'no zone'} at epoch ${row?.epoch ?? 'none'}`;
    const rule = `a write in ${from} is acknowledged only once ${standby} has it, and none once ${standby} is promoted`;
    return {
      kind,
      holds,
      why: holds ? `${rule}; ${seen}` : `${standby} is no synchronous replica of ${from}: ${seen}`,
    };
  } finally {
    connection.close();
  }
}

/** See `Engine.fence`; which fence holds and why is in the report, always read back. */
export async function fenceWriter(
  { sessions, hosts, workloadUsers }: RedisContext,
  from: ZoneId,
  options: { readonly mode: 'planned' | 'emergency'; readonly standbyEligible: boolean },
  effect: Effect,
): Promise<FenceReport> {
  if (options.mode === 'planned')
    return underEpoch(sessions, from, effect, (guarded) => keepWorkloadOut(guarded, workloadUsers));
  const raiseEpoch: PowerFence['raiseEpoch'] = (zone, asking) =>
    underEpoch(sessions, zone, asking, async () => undefined);
  const power: PowerFence = { hosts, store: 'Redis', raiseEpoch };
  // A replica that the row does not name lacks what was acknowledged: stopping the writer would not bring that over.
  return options.standbyEligible ? synchronousFence(sessions, from, effect) : powerFence(power, from, effect);
}
