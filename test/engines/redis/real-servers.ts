import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostAddress, ZoneId } from '../../../lib/domain/topology';
import { startDeadline } from '../../../lib/engines/deadline';
import { createHostAgentControl } from '../../../lib/engines/host-agent/host-agent-control';
import type { Command, Connection, Reply } from '../../../lib/engines/redis/replica/connection';
import { connect } from '../../../lib/engines/redis/replica/connection';
import { createRedisReplica } from '../../../lib/engines/redis/replica/redis-replica';
import { isOnDisk } from '../../../lib/engines/redis/replica/synchronous-wait';
import { createSessions } from '../../../lib/engines/redis/replica/sessions';
import { sendSignal } from '../../../lib/lab/process-identity';
import { findRedis } from '../../../lib/lab/redis-binaries';
import { provisionRedis } from '../../../lib/lab/redis-host/provision';
import { createRedisStoreHost } from '../../../lib/lab/redis-host/redis-store-host';
import { redisProcesses } from '../../../lib/lab/redis-host/server-process';
import type { HostAgent } from '../../../lib/lab/store-host/host-agent';
import { createHostAgent } from '../../../lib/lab/store-host/host-agent';
import { createHostAgentServer } from '../../../lib/lab/store-host/host-agent-server';
import { findOsUser } from '../../../lib/lab/store-host/os-user';
import { waitUntil } from '../../../lib/lab/wait-until';

const [zoneA, zoneB] = ['az-a', 'az-b'] as const;
const [port, agentPort] = [6379, 8082];
const workloadUser = 'orders';

/** Real servers on loopback addresses of their own: az-a writes, az-b is its synchronous replica, epoch 1. */
export async function startRealRedis() {
  const found = findRedis();
  if (found === null) throw new Error('Redis 7 or newer is not on this machine: apt-get install redis-tools');
  const folder = mkdtempSync(join(tmpdir(), 'evt-redis-'));
  chmodSync(folder, 0o755);
  const net = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  const addresses: Readonly<Record<ZoneId, string>> = { [zoneA]: `${net}.1`, [zoneB]: `${net}.2` };
  const addressOf = (zone: ZoneId): string => addresses[zone] ?? '';
  const placeOf = (zone: ZoneId) => ({ zone, listen: addressOf(zone), port });
  const user = findOsUser('nobody');
  const provisioned = provisionRedis({
    folder,
    user,
    primary: placeOf(zoneA),
    standby: placeOf(zoneB),
    epoch: 1,
    workload: { user: workloadUser, keys: 'orders:*' },
  });
  const filesOf = (zone: ZoneId) => {
    const files = provisioned.hosts[zone];
    if (files === undefined) throw new Error(`no host in ${zone}`);
    return files;
  };
  const logged: { readonly zone: ZoneId; readonly event: string; readonly detail: unknown }[] = [];
  const hostOf = (zone: ZoneId) => ({
    files: filesOf(zone),
    place: placeOf(zone),
    tools: { server: found.path, user },
    log: (event: string, detail: unknown) => void logged.push({ zone, event, detail }),
  });
  const agents = new Map<ZoneId, { readonly agent: HostAgent; readonly server: Server }>();
  const startAgent = async (
    zone: ZoneId,
    readSeat: Parameters<typeof createHostAgent>[0]['readSeat'],
  ): Promise<HostAgent> => {
    const agent = createHostAgent({ host: createRedisStoreHost(hostOf(zone)), readSeat, seatRetryMs: 20 });
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
  for (const zone of [zoneA, zoneB]) await (await startAgent(zone, async () => null)).booted;

  const hosts: Record<ZoneId, HostAddress> = {};
  const endpoints: Record<ZoneId, { host: string; port: number }> = {};
  for (const zone of [zoneA, zoneB]) {
    hosts[zone] = { kind: 'agent', host: addressOf(zone), port: agentPort };
    endpoints[zone] = { host: addressOf(zone), port };
  }
  const control = createHostAgentControl(hosts);
  const component = { endpoints, user: 'evac', workloadUsers: [workloadUser] };
  const engine = createRedisReplica({ component, password: provisioned.passwords.evac }, control);
  const open = (zone: ZoneId, role: 'evac' | 'orders', timeoutMs: number): Promise<Connection> => {
    const password = role === 'evac' ? provisioned.passwords.evac : provisioned.passwords.workload;
    const access = { host: addressOf(zone), port, user: role === 'evac' ? 'evac' : workloadUser, password };
    return connect(access, { name: 'test' }, startDeadline(timeoutMs));
  };
  const ask = async (zone: ZoneId, ...command: Command): Promise<Reply> => {
    const connection = await open(zone, 'evac', 1_000);
    try {
      return await connection.run(command, startDeadline(1_000));
    } finally {
      connection.close();
    }
  };
  const idsIn = async (zone: ZoneId): Promise<readonly string[]> => {
    const keys = (await ask(zone, 'KEYS', 'orders:*')) as readonly string[];
    return keys.map((key) => key.slice('orders:'.length));
  };
  const signal = (zone: ZoneId, name: NodeJS.Signals): void => {
    for (const pid of redisProcesses(filesOf(zone).data)) sendSignal(pid, name);
  };
  const kill = async (zone: ZoneId): Promise<void> => {
    signal(zone, 'SIGKILL');
    const wait = { what: `${zone} to die`, timeoutMs: 5_000 };
    await waitUntil(wait, () => redisProcesses(filesOf(zone).data).length === 0);
  };
  const close = async (): Promise<void> => {
    await engine.close();
    for (const zone of [zoneA, zoneB]) {
      await Promise.allSettled([agents.get(zone)?.agent.booted]);
      await stopAgent(zone);
      await kill(zone);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  // A replica that has just taken the whole copy acknowledges for the first time up to a second later.
  const first = await open(zoneA, 'evac', 10_000);
  await waitUntil({ what: 'az-b to acknowledge', timeoutMs: 10_000, everyMs: 10 }, async () => {
    const deadline = startDeadline(2_000);
    await first.run(['SET', 'evac:gate', 'first'], deadline);
    return (await first.run(['WAIT', 1, 500], deadline)) === 1;
  });
  first.close();
  await waitUntil({ what: 'az-b to have its copy on disk', timeoutMs: 10_000, everyMs: 10 }, async () =>
    isOnDisk(await ask(zoneB, 'INFO', 'persistence')),
  );
  return {
    engine,
    endpoints,
    password: provisioned.passwords.evac,
    workloadPassword: provisioned.passwords.workload,
    control,
    sessions: createSessions({ endpoints, user: 'evac', password: provisioned.passwords.evac }),
    addressOf,
    filesOf,
    hostOf,
    logged,
    open,
    ask,
    idsIn,
    signal,
    kill,
    close,
    startAgent,
    stopAgent,
  };
}

export type RealRedis = Awaited<ReturnType<typeof startRealRedis>>;
