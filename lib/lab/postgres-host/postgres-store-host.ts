import type { StoreHost } from '../store-host/store-host';
import type { PostgresHost } from './rejoin-standby';
import { rejoinStandby } from './rejoin-standby';
import { writeServerConfig } from './server-config';
import { engineState, startServer, stopServerNow } from './server-process';

const startTimeoutMs = 60_000;

/** PostgreSQL, as the host agent sees it. */
export function createPostgresStoreHost(host: PostgresHost): StoreHost {
  // Which of the two it is stands in its own data folder.
  const start = async (): Promise<void> => {
    writeServerConfig(host.files, host.place, host.tools.user);
    await startServer(host.tools, host.files, startTimeoutMs);
  };
  return {
    store: 'postgres',
    zone: host.place.zone,
    files: host.files,
    user: host.tools.user,
    log: host.log,
    state: () => engineState(host.files.data),
    startFirst: start,
    startAsWriter: start,
    stopNow: (timeoutMs) => stopServerNow(host.files, timeoutMs),
    rejoin: (order) => {
      const { upstreamHost, upstreamPort, standbyName, fresh } = order;
      const upstream = { host: upstreamHost, port: upstreamPort, standbyName };
      return rejoinStandby(host, upstream, fresh === true ? order : null);
    },
  };
}
