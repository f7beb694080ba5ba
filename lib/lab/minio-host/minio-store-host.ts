import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '../../domain/errors';
import type { StoreHost } from '../store-host/store-host';
import { setUpMinio } from './first-start';
import { settingsOf } from './host-files';
import type { MinioHost } from './minio-host';
import { minioProcesses, minioState, startMinio, stopMinioNow } from './server-process';

/** MinIO, as the host agent sees it. */
export const createMinioStoreHost = (host: MinioHost): StoreHost => {
  const { files, place, tools } = host;
  return {
    store: 'objects',
    zone: place.zone,
    files,
    user: tools.user,
    log: host.log,
    state: () => minioState(files.data),
    startFirst: async () => {
      await startMinio(host);
      await setUpMinio(host);
    },
    startAsWriter: async () => {
      // An empty writer would have everything that its standby holds put aside.
      if (!existsSync(join(files.data, settingsOf(files).bucket)))
        throw new Refused('no-data', `MinIO in ${place.zone} has no data to start as the writer with`);
      await startMinio(host);
    },
    stopNow: (timeoutMs) => stopMinioNow(files, timeoutMs),
    // Direction and gate are the cursor's and Evac's: a store that runs is left as it is.
    rejoin: async () => {
      if (minioProcesses(files.data).length > 0) return { how: 'already' };
      await startMinio(host);
      return { how: 'restarted' };
    },
  };
};
