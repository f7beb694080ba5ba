import { Refused } from '../../../domain/errors';
import type { Rebuild } from '../../../domain/protocol/seat';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { Rejoined } from '../../../ports/host-control';
import { startDeadline } from '../../deadline';
import { requireOwnHistory, underEpoch } from './epoch-guard';
import type { RedisContext } from './redis-replica';
import { replicaNameOf } from './synchronous-wait';

interface ReplicaOrder {
  readonly zone: ZoneId;
  readonly writer: ZoneId;
  readonly rebuild: Rebuild | undefined;
}

/** See `Engine.rejoin`; the host does the work, and refuses an older epoch as the writer does. */
export async function rejoinReplica(
  { sessions, hosts }: RedisContext,
  { zone, writer, rebuild }: ReplicaOrder,
  effect: Effect,
): Promise<Rejoined> {
  if (zone === writer) throw new Refused('same-zone', `${zone} is the writer and cannot be its own replica`);
  const deadline = startDeadline(effect.deadlineMs);
  await underEpoch(sessions, writer, effect, async (guarded) => {
    requireOwnHistory(guarded);
    await guarded.commit([]);
  });
  const { host, port } = sessions.access(writer);
  const standbyName = replicaNameOf(zone, effect.epoch);
  const upstream = { epoch: effect.epoch, upstreamHost: host, upstreamPort: port, standbyName };
  const order = rebuild === undefined ? upstream : ({ ...upstream, fresh: true, ...rebuild } as const);
  return hosts.rejoin(zone, order, Math.max(1, deadline.remainingMs()));
}
