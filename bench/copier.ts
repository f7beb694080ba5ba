import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { projectFolder } from '../lib/cli/project-folder';
import { startDeadline } from '../lib/engines/deadline';
import { startCopier } from '../lib/engines/object-store/copier/copier';
import { createHopClient } from '../lib/engines/object-store/copier/hop-client';
import { createHopServer } from '../lib/engines/object-store/copier/hop-server';
import { createLocalTarget } from '../lib/engines/object-store/copier/local-target';
import { createZoneStores } from '../lib/engines/object-store/replicated/zone-stores';
import { describeMachine } from '../lib/lab/machine';
import { minioCacheOf, minioOf } from '../lib/lab/minio-cache';
import { endpointOf, minioRegion } from '../lib/lab/minio-host/minio-host';
import { createMinioStoreHost } from '../lib/lab/minio-host/minio-store-host';
import { provisionMinio } from '../lib/lab/minio-host/provision';
import { findOsUser } from '../lib/lab/store-host/os-user';
import { waitUntil } from '../lib/lab/wait-until';
import { timingOf } from './timing';

/**
 * How the copier's batch size bears on how fast a backlog is worked off and on how late each object is. Two real MinIO servers
 * and the hop between two zones, all on this machine's loopback: a network between zones adds its round trip to each
 * batch, which speaks for larger ones. `npx tsx bench/copier.ts [sizes]`
 */
const SIZES = process.argv.slice(2).map(Number);
const sizes = SIZES.length > 0 ? SIZES : [1, 5, 10, 50, 100];

const INTERVAL_MS = 5_000;
const SCAN_MS = 1_000;
const BACKLOG = 1_000;
const STEADY = { perSecond: 20, seconds: 10 } as const;
const TRICKLE = { perSecond: 1, seconds: 10 } as const;
/** A receipt: JSON that shrinks as text does. */
const bodyOf = (index: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      id: randomUUID(),
      index,
      lines: Array.from({ length: 40 }, (_, line) => ({ line, sku: `sku-${line * index}`, amount: 1 })),
    }),
  );

const [from, to] = ['az-a', 'az-b'] as const;
const places = {
  [from]: { zone: from, listen: '127.151.7.1', port: 9000 },
  [to]: { zone: to, listen: '127.151.7.2', port: 9000 },
} as const;
const hop = { host: '127.151.7.2', port: 8085 } as const;
const bucket = 'orders';
const deadline = () => startDeadline(30_000);

async function startPair() {
  const folder = mkdtempSync(join(tmpdir(), 'evac-bench-'));
  chmodSync(folder, 0o755);
  const user = findOsUser('nobody');
  const { hosts, credentials } = provisionMinio({
    folder,
    user,
    primary: from,
    standby: to,
    epoch: 1,
    bucket,
  });
  const server = minioOf(minioCacheOf(describeMachine(projectFolder)));
  const servers = [from, to].map((zone) => {
    const files = hosts[zone];
    if (files === undefined) throw new Error(`no host in ${zone}`);
    return createMinioStoreHost({
      files,
      place: places[zone],
      tools: { server, user },
      log: () => undefined,
    });
  });
  await Promise.all(servers.map((each) => each.startFirst()));
  const access = (zone: typeof from | typeof to) => ({
    access: {
      endpoint: endpointOf(places[zone]),
      region: minioRegion,
      credentials: credentials.evac,
      bucket,
    },
    gate: null,
  });
  const stores = createZoneStores({ [from]: access(from), [to]: access(to) });
  return {
    stores,
    close: async () => {
      stores.close();
      await Promise.all(servers.map((each) => each.stopNow(10_000)));
      rmSync(folder, { recursive: true });
    },
  };
}
type Pair = Awaited<ReturnType<typeof startPair>>;

async function putMany({ stores }: Pair, prefix: string, count: number): Promise<number> {
  const { bucket: source } = stores.at(from);
  let bytes = 0;
  for (let index = 0; index < count; index += 20)
    await Promise.all(
      Array.from({ length: Math.min(20, count - index) }, async (_, each) => {
        const body = bodyOf(index + each);
        bytes += body.length;
        await source.put(`${prefix}/${index + each}`, body, {}, deadline());
      }),
    );
  return bytes;
}

async function putSteadily(
  { stores }: Pair,
  prefix: string,
  { perSecond, seconds }: { perSecond: number; seconds: number },
) {
  const startedMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    await pause(Math.max(0, startedMs + (index * 1_000) / perSecond - performance.now()));
    await stores.at(from).bucket.put(`${prefix}/${index}`, bodyOf(index), {}, deadline());
  }
}

async function measure(size: number) {
  const pair = await startPair();
  let sent = 0;
  const lags = new Map<string, number[]>();
  const server = createHopServer(createLocalTarget(pair.stores.at(to)), { token: 'bench' });
  await new Promise<void>((resolve) => server.listen(hop.port, hop.host, resolve));
  const target = createHopClient({
    url: `http://${hop.host}:${hop.port}`,
    token: 'bench',
    onSent: (bytes) => (sent += bytes),
  });
  const bytes = await putMany(pair, 'backlog', BACKLOG);
  const startedMs = performance.now();
  const countOf = (prefix: string): number => lags.get(prefix)?.length ?? 0;
  const { bucket: source, cursor } = pair.stores.at(from);
  const copier = startCopier({
    source: { zone: from, bucket: source, cursor },
    target,
    holder: randomUUID(),
    rule: { maxObjects: size, maxWaitMs: INTERVAL_MS, maxBytes: 16 << 20 },
    scanEveryMs: SCAN_MS,
    retryMs: 500,
    callTimeoutMs: 30_000,
    onCopied: (objects) => {
      for (const { key, lagMs } of objects) {
        const prefix = key.split('/')[0] ?? '';
        lags.set(prefix, [...(lags.get(prefix) ?? []), lagMs]);
      }
    },
    log: (event, detail) => {
      if (event !== 'copying') process.stderr.write(`${event} ${JSON.stringify(detail)}\n`);
    },
  });
  try {
    const until = (prefix: string, count: number) =>
      waitUntil(
        { what: `${count} of ${prefix}`, timeoutMs: 60_000, everyMs: 5 },
        () => countOf(prefix) >= count,
      );
    await until('backlog', BACKLOG);
    const backlogMs = performance.now() - startedMs;
    const packed = sent;
    for (const [prefix, load] of [
      ['steady', STEADY],
      ['trickle', TRICKLE],
    ] as const) {
      await putSteadily(pair, prefix, load);
      await until(prefix, load.perSecond * load.seconds);
    }
    return {
      batch_size: size,
      backlog_objects_per_s: Math.round((BACKLOG * 1_000) / backlogMs),
      backlog_bytes: bytes,
      sent_bytes: packed,
      steady: timingOf(lags.get('steady') ?? []),
      trickle: timingOf(lags.get('trickle') ?? []),
    };
  } finally {
    await copier.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await pair.close();
  }
}

const main = async (): Promise<void> => {
  const rows = [];
  for (const size of sizes) {
    const row = await measure(size);
    rows.push(row);
    const { steady, trickle } = row;
    process.stdout.write(
      `batch ${String(size).padStart(3)}: backlog ${row.backlog_objects_per_s} objects/s, ${Math.round((100 * row.sent_bytes) / row.backlog_bytes)} % of its bytes sent; at ${STEADY.perSecond}/s lag p50 ${steady.p50_ms} ms, p99 ${steady.p99_ms} ms; at ${TRICKLE.perSecond}/s p50 ${trickle.p50_ms} ms, worst ${trickle.worst_ms} ms\n`,
    );
  }
  const machine = { cores: cpus().length, model: cpus()[0]?.model ?? 'unknown', load: loadavg()[0] ?? null };
  mkdirSync(join(projectFolder, 'reports'), { recursive: true });
  const report = { at: new Date().toISOString(), machine, interval_ms: INTERVAL_MS, scan_ms: SCAN_MS, rows };
  writeFileSync(join(projectFolder, 'reports/bench-copier.json'), `${JSON.stringify(report, null, 2)}\n`);
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
