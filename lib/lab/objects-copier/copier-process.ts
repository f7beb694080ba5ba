import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { BatchRule } from '../../domain/copier/batch';
import type { ZoneId } from '../../domain/topology';
import { createClient, controlBucketOf } from '../../engines/object-store/access';
import { createBucket } from '../../engines/object-store/bucket';
import type { Copier } from '../../engines/object-store/copier/copier';
import { startCopier } from '../../engines/object-store/copier/copier';
import { createHopClient } from '../../engines/object-store/copier/hop-client';
import { createHopServer } from '../../engines/object-store/copier/hop-server';
import { createLocalTarget } from '../../engines/object-store/copier/local-target';
import { createCursorObject } from '../../engines/object-store/cursor-object';
import type { MinioFiles } from '../minio-host/host-files';
import { settingsOf } from '../minio-host/host-files';
import { minioRegion } from '../minio-host/minio-host';

export interface CopierProcessOptions {
  readonly zone: ZoneId;
  readonly files: MinioFiles;
  /** This zone's own store. */
  readonly endpoint: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** The other zone's copier, `http://198.18.2.1:8085`. */
  readonly peer: string;
  readonly rule: BatchRule;
  readonly scanEveryMs: number;
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

export interface CopierProcess {
  readonly server: Server;
  readonly copier: Copier;
  close(): Promise<void>;
}

const retryMs = 500;
const callTimeoutMs = 10_000;

/**
 * A zone's half of the copier: it takes in what the other zone sends, and sends what its own store has. Which of the two has
 * anything to do, the cursors say. Batches cross between the zones compressed.
 */
export function startCopierProcess(options: CopierProcessOptions): CopierProcess {
  const { zone, files, endpoint, listen, peer, rule, scanEveryMs, log } = options;
  const { bucket: name, evac: credentials, hopToken: token } = settingsOf(files);
  const client = createClient({ endpoint, region: minioRegion, credentials, bucket: name });
  const [bucket, control] = [createBucket(client, name), createBucket(client, controlBucketOf(name))];
  const cursor = createCursorObject(control, zone, randomUUID);
  const server = createHopServer(createLocalTarget({ zone, bucket, control, cursor }), { token });
  server.listen(listen.port, listen.host, () => log('listening', { zone, pid: process.pid }));
  const copier = startCopier({
    source: { zone, bucket, cursor },
    target: createHopClient({ url: peer, token }),
    holder: `${zone}-${randomUUID()}`,
    rule,
    scanEveryMs,
    retryMs,
    callTimeoutMs,
    onCopied: (objects) => {
      if (objects.length > 0) log('copied', { objects });
    },
    log,
  });
  return {
    server,
    copier,
    close: async () => {
      await copier.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      client.destroy();
    },
  };
}
