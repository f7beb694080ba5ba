import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '../../domain/errors';
import type { StoreHost } from '../store-host/store-host';
import { firstUpstream } from './provision';
import type { RedisHost } from './redis-host';
import { rejoinReplica } from './rejoin-replica';
import { redisState, startRedis, stopRedisNow } from './server-process';

const holdsData = (data: string): boolean =>
  ['appendonlydir', 'appendonly.aof'].some((name) => existsSync(join(data, name)));

/** Redis, as the host agent sees it. */
export const createRedisStoreHost = (host: RedisHost): StoreHost => ({
  store: 'redis',
  zone: host.place.zone,
  files: host.files,
  user: host.tools.user,
  log: host.log,
  state: () => redisState(host.files.data),
  startFirst: () => startRedis(host, firstUpstream(host.files)),
  startAsWriter: async () => {
    // An empty writer would wipe its replica as soon as that one follows it again.
    if (!holdsData(host.files.data))
      throw new Refused('no-data', `Redis in ${host.place.zone} has no data to start as the writer with`);
    await startRedis(host, null);
  },
  stopNow: (timeoutMs) => stopRedisNow(host.files, timeoutMs),
  rejoin: (order) => {
    const { upstreamHost, upstreamPort, fresh } = order;
    const upstream = { host: upstreamHost, port: upstreamPort };
    return rejoinReplica(host, upstream, fresh === true ? order : null);
  },
});
