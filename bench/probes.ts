import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../lib/cli/project-folder';
import type { Topology } from '../lib/domain/topology';
import { apiOf } from '../lib/domain/topology';
import { createHttpApi } from '../lib/engines/api/http/http-api';
import { createTcpPeer } from '../lib/engines/peer/tcp/tcp-peer';
import { createPostgresStreaming } from '../lib/engines/postgres/streaming/postgres-streaming';
import { findPostgres } from '../lib/lab/postgres-binaries';
import { createPostgresStoreHost } from '../lib/lab/postgres-host/postgres-store-host';
import { createHostAgent } from '../lib/lab/store-host/host-agent';
import { findOsUser } from '../lib/lab/store-host/os-user';
import { provisionPostgres } from '../lib/lab/postgres-host/provision';
import { serverProcesses, stopServerNow } from '../lib/lab/postgres-host/server-process';
import type { Prober } from '../lib/ports/engine';
import { cpuOf } from './timing';

const PROBES = 500;
const TIMEOUT_MS = 2_000;
const STOP_MS = 10_000;
const NET = '127.77.0';
const PORT = 55_432;

/** The orders API's part, in a process of its own: only the prober's CPU is counted. */
const SERVER = `require('node:http').createServer((q, r) => r.end('{"ok":true}')).listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)); });`;

const startHttp = async () => {
  const child = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(chunk.toString()), close: () => void child.kill('SIGKILL') };
};

/** One real server, on a loopback address of its own. */
const startPostgres = async () => {
  const binaries = findPostgres();
  if (binaries === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'evac-bench-pg-'));
  chmodSync(folder, 0o755);
  const networks = ['127.0.0.0/8'];
  const [primary, standby] = (['az-a', 'az-b'] as const).map((zone, index) => ({
    zone,
    listen: `${NET}.${index + 1}`,
    port: PORT,
  }));
  if (primary === undefined || standby === undefined) return null;
  const provisioned = await provisionPostgres({
    folder: join(folder, 'postgres'),
    cache: join(projectFolder, '.cache'),
    binaries,
    osUser: 'postgres',
    names: { database: 'orders', role: 'orders' },
    primary,
    standby,
    networks,
    epoch: 1,
    workloadSql: () => 'create table orders (id text primary key)',
  });
  const files = provisioned.hosts['az-a'];
  if (files === undefined) return null;
  const agent = createHostAgent({
    host: createPostgresStoreHost({
      files,
      place: { ...primary, networks },
      tools: { binaries: binaries.folder, user: findOsUser('postgres') },
      log: () => undefined,
    }),
    readSeat: async () => null,
    seatRetryMs: 20,
  });
  await agent.booted;
  const close = async (): Promise<void> => {
    agent.close();
    await stopServerNow(files, STOP_MS);
    if (serverProcesses(files.data).length === 0) rmSync(folder, { recursive: true, force: true });
  };
  const endpoints = { 'az-a': { host: primary.listen, port: PORT } };
  const hosts = {
    status: async () => ({ up: true, engine: 'running', epoch: 1 }) as const,
    stop: async () => undefined,
    rejoin: async () => ({ how: 'already' }) as const,
  };
  const component = { endpoints, database: 'orders', user: 'evac' };
  const engine = createPostgresStreaming({ component, password: provisioned.passwords.evac.value }, hosts);
  return { engine, close };
};

const cpuOfProber = async (prober: Prober): Promise<number> => {
  const first = await prober.probe('az-a', TIMEOUT_MS);
  if (first.state !== 'ok')
    throw new Error(`the ${prober.component} probe is ${first.state}: ${first.reason}`);
  const cpuMs = await cpuOf(PROBES, () => prober.probe('az-a', TIMEOUT_MS));
  await prober.close();
  return cpuMs;
};

/** CPU of a witness per probe, ms; PostgreSQL null where the machine has none. */
export const measureProbes = async (topology: Topology) => {
  const http = await startHttp();
  const endpoint = { host: '127.0.0.1', port: http.port };
  const api = apiOf(topology);
  const postgres = await startPostgres();
  try {
    if (api === undefined) throw new Error('the configuration has no API');
    return {
      probes_each: PROBES,
      postgres_cpu_ms: postgres === null ? null : await cpuOfProber(postgres.engine),
      api_cpu_ms: await cpuOfProber(createHttpApi({ ...api, endpoints: { 'az-a': endpoint } })),
      peer_cpu_ms: await cpuOfProber(createTcpPeer({ 'az-a': endpoint })),
      /** The peer of the API probe: a bare fetch of the same answer. */
      bare_fetch_cpu_ms: await cpuOf(PROBES, async () =>
        (await fetch(`http://127.0.0.1:${http.port}/`)).text(),
      ),
    };
  } finally {
    http.close();
    await postgres?.close();
  }
};
