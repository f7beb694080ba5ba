import { DeadlineExceeded, EvacError, Refused, StaleEpoch } from '../../domain/errors';
import type { ProbeResult, ReplicationView } from '../../domain/observation';
import type { ZoneId } from '../../domain/topology';
import type { Effect, Engine, FenceReport, VerifyReport } from '../../ports/engine';
import type { HostControl } from '../../ports/host-control';
import { createMemoryHosts } from './memory-hosts';
import type { MemoryServer, MemoryServers } from './memory-servers';
import { admitEpoch, requireWriter } from './memory-servers';

const newestOf = ({ beacons }: MemoryServer): number | null => {
  const all = Object.values(beacons);
  return all.length === 0 ? null : Math.max(...all);
};

function viewOf(servers: MemoryServers, server: MemoryServer): ReplicationView {
  const standbys = servers.zones
    .map((zone) => servers.at(zone))
    .filter((other) => other.upstream === server.zone && servers.isStreaming(other))
    .map((other) => ({
      name: other.standbyName,
      state: 'streaming',
      syncState: other.standbyName === server.syncName ? 'sync' : 'async',
      flushLagBytes: server.ids.length - other.ids.length,
    }));
  return {
    role: server.inRecovery ? 'standby' : 'primary',
    position: `${server.ids.length}`,
    timeline: server.timeline,
    writable: !server.inRecovery && !server.isReadOnly,
    lagSeconds: !server.inRecovery || servers.isStreaming(server) ? 0 : null,
    standbys,
    syncSetting: server.syncName === '' ? '' : `FIRST 1 ("${server.syncName}")`,
    blockedWriters: 0,
    fenceEpoch: server.fence.epoch,
    beaconAtMs: newestOf(server),
    upstreamHost: servers.isStreaming(server) ? server.upstream : null,
  };
}

function probe(servers: MemoryServers, zone: ZoneId): ProbeResult {
  if (!servers.zones.includes(zone))
    return { state: 'unknown', reason: `no store in ${zone}`, latencyMs: null };
  try {
    return { state: 'ok', reason: null, latencyMs: 1, replication: viewOf(servers, servers.reach(zone)) };
  } catch (error) {
    const reason = error instanceof DeadlineExceeded ? 'timeout' : 'refused';
    return { state: 'failed', reason, latencyMs: null };
  }
}

function synchronousFence(servers: MemoryServers, from: ZoneId, epoch: number): FenceReport {
  const kind = 'synchronous-standby';
  const standby = servers.reach(servers.zones.find((zone) => zone !== from) ?? from);
  if (standby.fence.epoch > epoch)
    throw new StaleEpoch(`${standby.zone} has replayed epoch ${standby.fence.epoch}`);
  const holds = standby.fence.zone === from || !standby.inRecovery;
  return {
    kind,
    holds,
    why: `${standby.zone} has replayed ${standby.fence.zone} at epoch ${standby.fence.epoch}`,
  };
}

async function powerFence(
  hosts: HostControl,
  from: ZoneId,
  { epoch, deadlineMs }: Effect,
): Promise<FenceReport> {
  const kind = 'power';
  try {
    await hosts.stop(from, { epoch }, deadlineMs);
    const { engine } = await hosts.status(from, deadlineMs);
    return { kind, holds: engine === 'stopped', why: `the host in ${from} says it is ${engine}` };
  } catch (error) {
    if (!(error instanceof EvacError) || error instanceof StaleEpoch) throw error;
    return { kind, holds: false, why: error.message };
  }
}

function verify(servers: MemoryServers, zone: ZoneId, epoch: number): VerifyReport {
  const server = servers.reach(zone);
  const findings = [
    ...(server.inRecovery ? [`the store in ${zone} is a standby`] : []),
    ...(server.fence.epoch === epoch
      ? []
      : [`the fence row is at epoch ${server.fence.epoch}, expected ${epoch}`]),
    ...(server.fence.zone === zone ? [] : [`the fence row names ${server.fence.zone}`]),
  ];
  return { ok: findings.length === 0, findings, numbers: { epoch: server.fence.epoch } };
}

/** A silent store answers a question about its position with null, as in the port. */
function positionIn(servers: MemoryServers, zone: ZoneId): number | null {
  try {
    return servers.reach(zone).ids.length;
  } catch {
    return null;
  }
}

const textOf = (position: number | null): string | null => (position === null ? null : `${position}`);

/**
 * The engine port over stores in memory: the same promises as streaming replication, without time. Whatever would be
 * waited for until a deadline is refused at once, so that a simulation needs no clock.
 */
export function createMemoryEngine(servers: MemoryServers, hosts = createMemoryHosts(servers)): Engine {
  const writerUnder = (zone: ZoneId, { epoch }: Effect): MemoryServer => {
    const server = servers.reach(zone);
    admitEpoch(server, epoch);
    requireWriter(server);
    servers.replicate();
    return server;
  };
  return {
    component: 'postgres',
    capabilities: {
      softFence: true,
      synchronousFence: true,
      rejoin: true,
      electsItself: false,
      asynchronous: false,
    },
    copyControl: {
      pause: async (zone, { epoch }) => {
        const server = servers.reach(zone);
        admitEpoch(server, epoch);
        if (!server.inRecovery) throw new Refused('not-standby', `the store in ${zone} follows nobody`);
        server.isHeld = true;
      },
      stop: (zone, { epoch, deadlineMs }) => hosts.stop(zone, { epoch }, deadlineMs),
    },
    probe: async (zone) => probe(servers, zone),
    beacon: async (zone, atMs) => {
      const server = servers.reach(zone);
      requireWriter(server);
      server.beacons = { ...server.beacons, [zone]: Math.max(atMs, server.beacons[zone] ?? 0) };
      servers.replicate();
    },
    newestBeaconMs: async (zone) =>
      positionIn(servers, zone) === null ? null : newestOf(servers.reach(zone)),
    fence: async (from, { mode, standbyEligible }, effect) => {
      if (mode === 'planned') {
        const server = servers.reach(from);
        admitEpoch(server, effect.epoch);
        server.isReadOnly = true;
        servers.replicate();
        return { kind: 'read-only', holds: true, why: `the store in ${from} is read-only` };
      }
      const bySync = standbyEligible ? synchronousFence(servers, from, effect.epoch) : null;
      if (bySync?.holds === true) return bySync;
      const old = servers.at(from);
      if (old.power === 'running' && !old.isFrozen) admitEpoch(old, effect.epoch);
      return powerFence(hosts, from, effect);
    },
    waitUntilLevel: async (from, to) => {
      const [writer, standby] = [positionIn(servers, from), positionIn(servers, to)];
      const bytesBehind = writer === null || standby === null ? null : Math.max(0, writer - standby);
      const positions = { writerPosition: textOf(writer), standbyPosition: textOf(standby) };
      return { level: bytesBehind === 0, ...positions, bytesBehind };
    },
    ensureWriterIn: async (zone, { epoch }) => {
      const server = servers.reach(zone);
      admitEpoch(server, epoch);
      if (!server.inRecovery) return;
      Object.assign(server, { inRecovery: false, isReadOnly: true, syncName: '', upstream: null });
      server.timeline += 1;
      server.fence = { epoch, zone };
    },
    admitWrites: async (zone, effect) => void (writerUnder(zone, effect).isReadOnly = false),
    verify: async (zone, { epoch }) => verify(servers, zone, epoch),
    preflight: async (to) => {
      const findings = servers.reach(to).inRecovery ? [] : [`the store in ${to} is no standby`];
      return { ok: findings.length === 0, findings, numbers: {} };
    },
    undoFence: async (from, { standby }, effect) => {
      const server = writerUnder(from, effect);
      const other = standby === null ? null : servers.reach(standby);
      if (other?.inRecovery === false) throw new Refused('promoted', `${other.zone} has been promoted`);
      if (other !== null && other.fence.epoch < effect.epoch)
        throw new DeadlineExceeded(`epoch ${effect.epoch} is not replayed in ${other.zone}`);
      server.isReadOnly = false;
    },
    degrade: async (zone, effect) => void (writerUnder(zone, effect).syncName = ''),
    rejoin: async (zone, writer, effect, rebuild) => {
      if (zone === writer) throw new Refused('same-zone', `${zone} is the writer`);
      writerUnder(writer, effect);
      const standbyName = `${zone}-e${effect.epoch}`;
      const upstream = { epoch: effect.epoch, upstreamHost: writer, upstreamPort: 0, standbyName };
      const order = rebuild === undefined ? upstream : ({ ...upstream, fresh: true, ...rebuild } as const);
      return hosts.rejoin(zone, order, effect.deadlineMs);
    },
    ensureSynchronous: async (writer, standby, effect) => {
      const server = writerUnder(writer, effect);
      const name = `${standby}-e${effect.epoch}`;
      const other = servers.at(standby);
      if (other.standbyName !== name || other.upstream !== writer || !servers.isStreaming(other))
        throw new DeadlineExceeded(`${name} does not stream from ${writer}`);
      server.syncName = name;
    },
    close: async () => undefined,
  };
}
