import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { HostAddress, ZoneId } from '../../../lib/domain/topology';
import { createHostAgentControl } from '../../../lib/engines/host-agent/host-agent-control';
import { createPostgresStreaming } from '../../../lib/engines/postgres/streaming/postgres-streaming';
import { findPostgres } from '../../../lib/lab/postgres-binaries';
import type { ReadSeat } from '../../../lib/lab/store-host/boot';
import type { HostAgent } from '../../../lib/lab/store-host/host-agent';
import { createHostAgent } from '../../../lib/lab/store-host/host-agent';
import { createHostAgentServer } from '../../../lib/lab/store-host/host-agent-server';
import { findOsUser } from '../../../lib/lab/store-host/os-user';
import { createPostgresStoreHost } from '../../../lib/lab/postgres-host/postgres-store-host';
import type { Provisioned } from '../../../lib/lab/postgres-host/provision';
import { provisionPostgres } from '../../../lib/lab/postgres-host/provision';
import { engineState, serverProcesses, startServer } from '../../../lib/lab/postgres-host/server-process';
import { readSysvSegments } from '../../../lib/lab/shared-memory';
import { sendSignal } from '../../../lib/lab/process-identity';
import { runTool } from '../../../lib/lab/run-tool';
import { waitUntil } from '../../../lib/lab/wait-until';

const [zoneA, zoneB] = ['az-a', 'az-b'] as const;
const [port, agentPort] = [5432, 8081];
const database = 'orders';

const workloadSql = (): string =>
  'create table orders (id text primary key); grant select, insert, update on orders to orders';

/** Real servers on loopback addresses of their own: az-a writes, az-b is its synchronous standby, epoch 1. */
export async function startRealServers() {
  const binaries = findPostgres();
  if (binaries === null)
    throw new Error('PostgreSQL 15 or newer is not on this machine: apt-get install postgresql');
  const folder = mkdtempSync(join(tmpdir(), 'evt-h3-'));
  chmodSync(folder, 0o755);
  const net = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  const addresses: Readonly<Record<ZoneId, string>> = { [zoneA]: `${net}.1`, [zoneB]: `${net}.2` };
  const addressOf = (zone: ZoneId): string => addresses[zone] ?? '';
  const placeOf = (zone: ZoneId) => ({ zone, listen: addressOf(zone), port });
  const networks = ['127.0.0.0/8'];
  const provisioned: Provisioned = await provisionPostgres({
    folder: join(folder, 'postgres'),
    cache: join(process.cwd(), '.cache'),
    binaries,
    osUser: 'postgres',
    names: { database, role: 'orders' },
    primary: placeOf(zoneA),
    standby: placeOf(zoneB),
    networks,
    epoch: 1,
    workloadSql,
  });
  const filesOf = (zone: ZoneId) => {
    const files = provisioned.hosts[zone];
    if (files === undefined) throw new Error(`no host in ${zone}`);
    return files;
  };
  const tools = { binaries: binaries.folder, user: findOsUser('postgres') };
  const logged: { readonly zone: ZoneId; readonly event: string; readonly detail: unknown }[] = [];
  const hostOf = (zone: ZoneId) => ({
    files: filesOf(zone),
    place: { ...placeOf(zone), networks },
    tools,
    log: (event: string, detail: unknown) => void logged.push({ zone, event, detail }),
  });
  const agents = new Map<ZoneId, { readonly agent: HostAgent; readonly server: Server }>();
  const postmasters = new Set<number>();
  const notePostmasters = (): void => {
    for (const zone of [zoneA, zoneB])
      for (const pid of serverProcesses(filesOf(zone).data)) postmasters.add(pid);
  };
  const startAgent = async (zone: ZoneId, readSeat: ReadSeat): Promise<HostAgent> => {
    const agent = createHostAgent({ host: createPostgresStoreHost(hostOf(zone)), readSeat, seatRetryMs: 20 });
    const server = createHostAgentServer(agent);
    await new Promise<void>((resolve) => server.listen(agentPort, addressOf(zone), resolve));
    agents.set(zone, { agent, server });
    return agent;
  };
  const stopAgent = async (zone: ZoneId): Promise<void> => {
    const known = agents.get(zone);
    agents.delete(zone);
    if (known === undefined) return;
    known.agent.close();
    await new Promise((resolve) => known.server.close(resolve));
  };
  const noSeat: ReadSeat = async () => null;
  for (const zone of [zoneA, zoneB]) await (await startAgent(zone, noSeat)).booted;
  notePostmasters();

  const hosts: Record<ZoneId, HostAddress> = {};
  const endpoints: Record<ZoneId, { host: string; port: number }> = {};
  for (const zone of [zoneA, zoneB]) {
    hosts[zone] = { kind: 'agent', host: addressOf(zone), port: agentPort };
    endpoints[zone] = { host: addressOf(zone), port };
  }
  const password = provisioned.passwords.evac.value;
  const control = createHostAgentControl(hosts);
  const engine = createPostgresStreaming(
    { component: { endpoints, database, user: 'evac' }, password },
    control,
  );
  const login = (role: 'evac' | 'orders') => ({
    database,
    user: role,
    password: role === 'evac' ? password : provisioned.passwords.workload.value,
  });
  const sql = async (zone: ZoneId, text: string, role: 'evac' | 'orders' = 'evac'): Promise<unknown[]> => {
    const client = new Client({
      host: addressOf(zone),
      port,
      ...login(role),
      connectionTimeoutMillis: 1_000,
      query_timeout: 3_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text)).rows as unknown[];
    } finally {
      client.connection.stream.destroy();
    }
  };
  const signal = (zone: ZoneId, name: NodeJS.Signals): void => {
    notePostmasters();
    for (const pid of serverProcesses(filesOf(zone).data)) sendSignal(pid, name);
  };
  const kill = async (zone: ZoneId): Promise<void> => {
    signal(zone, 'SIGKILL');
    const wait = { what: `${zone} to die`, timeoutMs: 5_000 };
    await waitUntil(wait, () => serverProcesses(filesOf(zone).data).length === 0);
  };
  const close = async (): Promise<void> => {
    await engine.close();
    for (const zone of [zoneA, zoneB]) {
      await Promise.allSettled([agents.get(zone)?.agent.booted]);
      await stopAgent(zone);
      await kill(zone);
    }
    for (const { id, creatorPid, attached } of readSysvSegments())
      if (postmasters.has(creatorPid) && attached === 0)
        runTool({ command: 'ipcrm', args: ['-m', `${id}`], timeoutMs: 5_000 });
    rmSync(folder, { recursive: true, force: true });
  };
  await waitUntil({ what: 'az-b to be synchronous', timeoutMs: 5_000, everyMs: 10 }, async () => {
    const text = `select 1 from pg_stat_replication where application_name = 'az-b-e1' and sync_state = 'sync'`;
    return (await sql(zoneA, text)).length === 1;
  });
  return {
    engine,
    control,
    login,
    addressOf,
    filesOf,
    hostOf,
    tools,
    logged,
    sql,
    signal,
    kill,
    close,
    startAgent,
    stopAgent,
    endpoints,
    password,
    port,
    startServer: (zone: ZoneId) => startServer(tools, filesOf(zone), 10_000),
    stateOf: (zone: ZoneId) => engineState(filesOf(zone).data),
  };
}

export type RealServers = Awaited<ReturnType<typeof startRealServers>>;
