import { buildSync } from 'esbuild';
import { join } from 'node:path';

/** The lab's own processes, each one file, so that they start in tens of milliseconds on plain node. */
const ENTRIES = {
  orders: 'lib/lab/orders/main.ts',
  dns: 'lib/lab/dns/main.ts',
  load: 'lib/lab/load/main.ts',
  'postgres-host': 'lib/lab/postgres-host/main.ts',
  'redis-host': 'lib/lab/redis-host/main.ts',
  'kafka-host': 'lib/lab/kafka-host/main.ts',
  'kafka-ask': 'lib/lab/kafka-ask/main.ts',
  'minio-host': 'lib/lab/minio-host/main.ts',
  'objects-copier': 'lib/lab/objects-copier/main.ts',
  'objects-ask': 'lib/lab/objects-ask/main.ts',
  peer: 'lib/lab/peer/main.ts',
  forwarder: 'lib/lab/forwarder/main.ts',
  'zone-writer': 'lib/lab/zone-writer/main.ts',
  'store-writer': 'lib/lab/store-writer/main.ts',
} as const;
export type LabProcess = keyof typeof ENTRIES;

/** Writes the bundles into a folder and answers where each is. */
export const bundleProcesses = (
  projectFolder: string,
  outFolder: string,
): Readonly<Record<LabProcess, string>> => {
  const entryPoints = Object.fromEntries(
    Object.entries(ENTRIES).map(([name, path]) => [name, join(projectFolder, path)]),
  );
  buildSync({
    entryPoints,
    outdir: outFolder,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    external: ['pg-native'],
    logLevel: 'error',
    // For whoever measures which lines ran: see test/catches.
    sourcemap: process.env['NODE_V8_COVERAGE'] === undefined ? false : 'inline',
  });
  return Object.fromEntries(
    Object.keys(ENTRIES).map((name) => [name, join(outFolder, `${name}.js`)]),
  ) as Record<LabProcess, string>;
};
