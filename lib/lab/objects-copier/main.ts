import { createMinioFiles } from '../minio-host/host-files';
import { readOptions } from '../store-host/read-options';
import { logLine, runHostProcess } from '../store-host/serve-host';
import { startCopierProcess } from './copier-process';

const usage = `objects-copier --zone az-a --folder DIR --store http://HOST:9000 --listen HOST --port 8085
               --peer http://HOST:8085 [--batch-size 10] [--batch-interval-ms 5000] [--scan-ms 1000]
DIR is one zone's MinIO folder as provisioned. Each data zone runs one; the stores' cursors say which of them copies.`;

const required = ['zone', 'folder', 'store', 'listen', 'port', 'peer'] as const;
const optional = { 'batch-size': '10', 'batch-interval-ms': '5000', 'scan-ms': '1000' } as const;

/** A batch is held in memory on both sides. */
const maxBytes = 16 * 1024 * 1024;
/** How it ends when another copier of its zone took its place. */
const superseded = 4;

runHostProcess('objects-copier', () => {
  const options = readOptions(required, optional, usage);
  const running = startCopierProcess({
    zone: options.zone,
    files: createMinioFiles(options.folder),
    endpoint: options.store,
    listen: { host: options.listen, port: Number(options.port) },
    peer: options.peer,
    rule: {
      maxObjects: Number(options['batch-size']),
      maxWaitMs: Number(options['batch-interval-ms']),
      maxBytes,
    },
    scanEveryMs: Number(options['scan-ms']),
    log: logLine,
  });
  process.once('SIGTERM', () => {
    void running.close().then(() => process.exit(0));
  });
  void running.copier.ended.then((how) => {
    if (how !== 'superseded') return;
    logLine('superseded', { zone: options.zone });
    process.exit(superseded);
  });
});
