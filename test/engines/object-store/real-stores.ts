import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../../../lib/cli/project-folder';
import type { HostAddress, ZoneId } from '../../../lib/domain/topology';
import { createHostAgentControl } from '../../../lib/engines/host-agent/host-agent-control';
import type { ObjectStoreAccess } from '../../../lib/engines/object-store/access';
import { createPolicyGate } from '../../../lib/engines/object-store/minio/policy-gate';
import { createReplicatedObjects } from '../../../lib/engines/object-store/replicated/replicated-objects';
import { createZoneStores } from '../../../lib/engines/object-store/replicated/zone-stores';
import { describeMachine } from '../../../lib/lab/machine';
import { isCompleteMinio, minioCacheOf, minioOf } from '../../../lib/lab/minio-cache';
import { minioRegion, workloadPolicyName } from '../../../lib/lab/minio-host/minio-host';
import { createMinioStoreHost } from '../../../lib/lab/minio-host/minio-store-host';
import { provisionMinio } from '../../../lib/lab/minio-host/provision';
import { minioProcesses } from '../../../lib/lab/minio-host/server-process';
import { sendSignal } from '../../../lib/lab/process-identity';
import type { HostAgent } from '../../../lib/lab/store-host/host-agent';
import { createHostAgent } from '../../../lib/lab/store-host/host-agent';
import { createHostAgentServer } from '../../../lib/lab/store-host/host-agent-server';
import { findOsUser } from '../../../lib/lab/store-host/os-user';
import { waitUntil } from '../../../lib/lab/wait-until';

export const [zoneA, zoneB] = ['az-a', 'az-b'] as const;
export const bucketName = 'orders';
const [port, agentPort] = [9000, 8084];

function minioBinary(): string {
  const cache = minioCacheOf(describeMachine(projectFolder));
  if (!isCompleteMinio(cache)) throw new Error('MinIO is not built here: npm run evac -- doctor says how');
  return minioOf(cache);
}

export interface RealStoresOptions {
  /** Where a zone's bytes go, when not in the test's own folder. */
  readonly data?: Readonly<Record<ZoneId, string>>;
}

/** Two real MinIO servers on loopback addresses of their own: az-a writes, az-b follows, epoch 1. No copier yet. */
export async function startRealStores({ data }: RealStoresOptions = {}) {
  const server = minioBinary();
  const folder = mkdtempSync(join(tmpdir(), 'evt-minio-'));
  chmodSync(folder, 0o755);
  const net = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  const addresses: Readonly<Record<ZoneId, string>> = { [zoneA]: `${net}.1`, [zoneB]: `${net}.2` };
  const addressOf = (zone: ZoneId): string => addresses[zone] ?? '';
  const user = findOsUser('nobody');
  const provisioned = provisionMinio({
    folder,
    user,
    primary: zoneA,
    standby: zoneB,
    epoch: 1,
    bucket: bucketName,
    ...(data === undefined ? {} : { data }),
  });
  const filesOf = (zone: ZoneId) => {
    const files = provisioned.hosts[zone];
    if (files === undefined) throw new Error(`no host in ${zone}`);
    return files;
  };
  const logged: { readonly zone: ZoneId; readonly event: string; readonly detail: unknown }[] = [];
  const hostOf = (zone: ZoneId) => ({
    files: filesOf(zone),
    place: { zone, listen: addressOf(zone), port },
    tools: { server, user },
    log: (event: string, detail: unknown) => void logged.push({ zone, event, detail }),
  });
  const agents = new Map<ZoneId, { readonly agent: HostAgent; readonly server: Server }>();
  const startAgent = async (zone: ZoneId): Promise<HostAgent> => {
    const host = createMinioStoreHost(hostOf(zone));
    const agent = createHostAgent({ host, readSeat: async () => null, seatRetryMs: 20 });
    const http = createHostAgentServer(agent);
    await new Promise<void>((resolve) => http.listen(agentPort, addressOf(zone), resolve));
    agents.set(zone, { agent, server: http });
    return agent;
  };
  const stopAgent = async (zone: ZoneId): Promise<void> => {
    const known = agents.get(zone);
    agents.delete(zone);
    if (known === undefined) return;
    known.agent.close();
    await new Promise((resolve) => known.server.close(resolve));
  };
  const signal = (zone: ZoneId, name: NodeJS.Signals): void => {
    for (const pid of minioProcesses(filesOf(zone).data)) sendSignal(pid, name);
  };
  /** The signal alone is not at once: its threads end what they are at. */
  const freeze = async (zone: ZoneId): Promise<void> => {
    signal(zone, 'SIGSTOP');
    const isStopped = (pid: number): boolean => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const wait = { what: `${zone} to stand still`, timeoutMs: 5_000 };
    await waitUntil(wait, () => minioProcesses(filesOf(zone).data).every(isStopped));
  };
  const kill = async (zone: ZoneId): Promise<void> => {
    signal(zone, 'SIGKILL');
    const wait = { what: `${zone} to die`, timeoutMs: 5_000 };
    await waitUntil(wait, () => minioProcesses(filesOf(zone).data).length === 0);
  };
  const accessOf = (zone: ZoneId, role: 'evac' | 'workload'): ObjectStoreAccess & { endpoint: string } => ({
    endpoint: `http://${addressOf(zone)}:${port}`,
    region: minioRegion,
    credentials: provisioned.credentials[role],
    bucket: bucketName,
  });
  const gateOf = (zone: ZoneId) =>
    createPolicyGate({
      ...accessOf(zone, 'evac'),
      credentials: provisioned.credentials.evac,
      policy: workloadPolicyName,
    });
  const optionsOf = (zone: ZoneId) => ({ access: accessOf(zone, 'evac'), gate: gateOf(zone) });
  const storeOptions = { [zoneA]: optionsOf(zoneA), [zoneB]: optionsOf(zoneB) };
  const hosts: Record<ZoneId, HostAddress> = {};
  for (const zone of [zoneA, zoneB]) hosts[zone] = { kind: 'agent', host: addressOf(zone), port: agentPort };
  const control = createHostAgentControl(hosts);
  const engine = createReplicatedObjects(storeOptions, control);
  const stores = createZoneStores(storeOptions);
  const asWorkload = createZoneStores({
    [zoneA]: { access: accessOf(zoneA, 'workload'), gate: null },
    [zoneB]: { access: accessOf(zoneB, 'workload'), gate: null },
  });
  const close = async (): Promise<void> => {
    await engine.close();
    for (const each of [stores, asWorkload]) each.close();
    for (const zone of [zoneA, zoneB]) {
      await Promise.allSettled([agents.get(zone)?.agent.booted]);
      await stopAgent(zone);
      await kill(zone);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const zone of [zoneA, zoneB]) await (await startAgent(zone)).booted;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    engine,
    control,
    folder,
    credentials: provisioned.credentials,
    addressOf,
    accessOf,
    filesOf,
    hostOf,
    logged,
    stores,
    asWorkload,
    signal,
    freeze,
    kill,
    startAgent,
    stopAgent,
    close,
  };
}

export type RealStores = Awaited<ReturnType<typeof startRealStores>>;
