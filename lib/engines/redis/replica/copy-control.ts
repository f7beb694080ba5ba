import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { CopyControl, Effect } from '../../../ports/engine';
import { underEpoch } from './epoch-guard';
import type { RedisContext } from './redis-replica';

/** Nobody listens there: a replica that is pointed at it keeps what it has, refuses writes, and follows nobody. */
const nowhere = ['127.0.0.1', 1] as const;

const pause = ({ sessions }: RedisContext, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(sessions, zone, effect, async ({ info, commit }) => {
    if (!info.isReplica) throw new Refused('not-standby', `the server in ${zone} writes and follows nobody`);
    await commit([['REPLICAOF', ...nowhere]]);
  });

/** See `CopyControl`; a rejoin points a paused replica at its writer again. */
export const createCopyControl = (context: RedisContext): CopyControl => ({
  pause: (zone, effect) => pause(context, zone, effect),
  stop: (zone, { epoch, deadlineMs }) => context.hosts.stop(zone, { epoch }, deadlineMs),
});
