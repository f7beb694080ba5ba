import type { ReplicationView, StandbyView } from '../../../domain/observation';
import type { ZoneId } from '../../../domain/topology';
import type { Command, Reply } from './connection';
import type { FenceRow } from './fence-row';
import { asFenceRow, readFenceRow } from './fence-row';
import { positionOf } from './level';
import type { RedisContext } from './redis-replica';
import type { ConnectedReplica, ReplicationInfo } from './replication-info';
import { asReplicationInfo, readReplication } from './replication-info';
import { waitingAmong } from './synchronous-wait';
import { openAmong } from './workload-users';

export const beaconKey = 'evac:beacon';

/** Everything a witness wants to know, in one round trip. */
export const viewCommands: readonly Command[] = [
  readReplication,
  readFenceRow,
  ['GET', beaconKey],
  ['ACL', 'LIST'],
  ['CLIENT', 'LIST', 'TYPE', 'normal'],
];

export type ViewContext = Pick<RedisContext, 'sessions' | 'workloadUsers'>;

const zoneAt = ({ sessions }: ViewContext, { host, port }: ConnectedReplica): ZoneId | null =>
  sessions.zones.find((zone) => {
    const at = sessions.access(zone);
    return at.host === host && at.port === port;
  }) ?? null;

function standbyView(
  replica: ConnectedReplica,
  info: ReplicationInfo,
  row: FenceRow | null,
  context: ViewContext,
): StandbyView {
  const zone = zoneAt(context, replica);
  const isAwaited = zone !== null && row?.standby.startsWith(`${zone}-e`) === true;
  return {
    name: isAwaited ? row.standby : (zone ?? `${replica.host}:${replica.port}`),
    state: replica.state === 'online' ? 'streaming' : replica.state,
    syncState: isAwaited ? 'sync' : 'async',
    flushLagBytes: Math.max(0, info.offset - replica.offset),
  };
}

/** A replica whose link is up has all but what is on its way; one whose link is down says since when. */
const lagOf = ({ isReplica, upstream, upstreamDownSeconds }: ReplicationInfo): number | null =>
  !isReplica || upstream?.isUp === true ? 0 : upstreamDownSeconds;

/** The replies to `viewCommands`. */
export function fromReplies(replies: readonly Reply[], context: ViewContext): ReplicationView {
  const [infoReply = null, rowReply = null, beacon = null, users = null, clients = null] = replies;
  const info = asReplicationInfo(infoReply);
  const row = asFenceRow(rowReply);
  return {
    role: info.isReplica ? 'standby' : 'primary',
    position: positionOf(info),
    timeline: row?.timeline ?? null,
    writable: !info.isReplica && openAmong(users, context.workloadUsers).length > 0,
    lagSeconds: lagOf(info),
    standbys: info.replicas.map((replica) => standbyView(replica, info, row, context)),
    syncSetting: info.isReplica ? '' : (row?.standby ?? null),
    blockedWriters: waitingAmong(clients).length,
    fenceEpoch: row?.epoch ?? null,
    beaconAtMs: typeof beacon === 'string' ? Number(beacon) : null,
    upstreamHost: info.upstream?.isUp === true ? info.upstream.host : null,
  };
}
