import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainableCommander } from 'ioredis';
import { Redis } from 'ioredis';
import { compareCopies } from '../lib/cli/compare-copies';
import { connect } from '../lib/cli/connection';
import type { Connection } from '../lib/cli/connection';
import { projectFolder } from '../lib/cli/project-folder';
import { verifiedStore } from '../lib/cli/verify-text';
import { loadTopology } from '../lib/config/load-topology';
import type { Store } from '../lib/domain/topology';
import { storesOf } from '../lib/domain/topology';
import { startLoad } from '../lib/lab/drill/load-run';
import { askDatabase } from '../lib/lab/drill/local-database';
import { openLab } from '../lib/lab/lab';
import { labNameOf } from '../lib/lab/lab-name';
import { createRedisFiles } from '../lib/lab/redis-host/host-files';
import { waitUntil } from '../lib/lab/wait-until';
import { redisFolderOf } from '../lib/lab/zone-services';

/**
 * How long `evac verify` takes on 1,000,000 rows and 100,000 keys in the lab, with orders flowing: `npm run bench:copies`.
 * The target is 60 s.
 */
const TARGET_SECONDS = 60;
const ROWS = 1_000_000;
const ROWS_A_STATEMENT = 100_000;
const KEYS = 100_000;
const KEYS_AT_ONCE = 2_000;
const RUNS = 3;

const configFile = join(projectFolder, 'config/lab.yaml');
const topology = loadTopology(configFile);
const say = (line: string): boolean => process.stderr.write(`  ${line}\n`);
const lab = openLab({ topology, configFile, lab: labNameOf(), projectFolder, report: say });

const fillDatabase = async (zone: string): Promise<void> => {
  const ask = (text: string) => askDatabase(lab, zone, { what: 'rows for the measurement', text });
  await ask(
    'create table if not exists evac.bench_rows (id bigint primary key, note text, price numeric(12, 2))',
  );
  for (let from = 0; from < ROWS; from += ROWS_A_STATEMENT)
    await ask(`insert into evac.bench_rows select n, md5(n::text) || repeat('.', 60), n / 7.0
      from generate_series(${from + 1}, ${from + ROWS_A_STATEMENT}) n`);
};

const addKey = (pipeline: ChainableCommander, n: number): void => {
  if (n % 10 < 7) pipeline.set(`bench:${n}`, `value ${n} ${'.'.repeat(60)}`);
  else if (n % 10 < 9) pipeline.hset(`bench:${n}`, { a: n, b: 'text', c: n * 7 });
  else pipeline.sadd(`bench:${n}`, n, 'one', 'two');
};

const fillRedis = async (zone: string): Promise<void> => {
  const files = createRedisFiles(join(redisFolderOf(lab.zones.layout), zone));
  const password = readFileSync(files.password, 'utf8').trim();
  const client = new Redis({ path: files.socket, username: 'evac', password, protocol: 2 });
  try {
    for (let from = 0; from < KEYS; from += KEYS_AT_ONCE) {
      const pipeline = client.pipeline();
      for (let n = from; n < from + KEYS_AT_ONCE; n += 1) addKey(pipeline, n);
      await pipeline.exec();
    }
  } finally {
    client.disconnect();
  }
};

const measure = async (connection: Connection, stores: readonly Store[]) => {
  const startedMs = performance.now();
  const silent = { result: () => undefined, note: () => undefined };
  const records = await compareCopies(connection, silent, { stores, timeoutMs: 300_000 });
  const seconds = Math.round(performance.now() - startedMs) / 1_000;
  const of = records.map(verifiedStore).map(({ store, verdict, items, chunks, looked_again, unknown }) => ({
    store,
    verdict,
    items,
    chunks,
    looked_again,
    unknown,
  }));
  say(
    `${stores.join(' and ')}: ${seconds} s, ${of.map(({ store, verdict }) => `${store} ${verdict}`).join(', ')}`,
  );
  return { stores, seconds, of };
};

const isWhole = async ({ store }: Connection): Promise<boolean> => {
  const seat = await store.readSeat();
  return seat?.operation === null && seat.eligible !== null && seat.beside.redis?.eligible !== null;
};

const bench = async (): Promise<boolean> => {
  const connection = await connect(topology);
  try {
    const whole = { what: 'the lab is whole', timeoutMs: 120_000, everyMs: 200 };
    await waitUntil(whole, () => isWhole(connection));
    const seat = await connection.store.readSeat();
    await fillDatabase(seat?.writer ?? '');
    await fillRedis(seat?.beside.redis?.writer ?? '');
    say(`${ROWS} rows and ${KEYS} keys are there; orders flow`);
    const load = startLoad(lab, lab.context(), { name: 'bench-copies', ratePerSecond: 110 });
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await measure(connection, storesOf(topology)));
    await load.stop();
    process.stdout.write(
      `${JSON.stringify({ rows: ROWS, keys: KEYS, target_seconds: TARGET_SECONDS, runs }, null, 2)}\n`,
    );
    return runs.every(
      ({ seconds, of }) => seconds <= TARGET_SECONDS && of.every(({ verdict }) => verdict === 'equal'),
    );
  } finally {
    connection.close();
  }
};

const main = async (): Promise<void> => {
  await lab.up();
  try {
    process.exitCode = (await bench()) ? 0 : 1;
  } finally {
    await lab.down();
  }
};

void main();
