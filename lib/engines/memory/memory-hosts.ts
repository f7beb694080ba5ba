import { StaleEpoch, Unreachable } from '../../domain/errors';
import type { ZoneId } from '../../domain/topology';
import type { HostControl } from '../../ports/host-control';
import type { MemoryServer, MemoryServers } from './memory-servers';

const setAside = (server: MemoryServer, epoch: number, keep: boolean): void => {
  Object.assign(server.host, { freshEpoch: epoch, kept: keep ? server.ids : null });
  server.ids = [];
};

/** The machines beside the stores in memory. */
export function createMemoryHosts(servers: MemoryServers): HostControl {
  const reach = (zone: ZoneId): MemoryServer => {
    const server = servers.at(zone);
    if (server.host.isSilent) throw new Unreachable(`the host in ${zone} does not answer`);
    return server;
  };
  const admit = (zone: ZoneId, epoch: number): MemoryServer => {
    const server = reach(zone);
    if (epoch < server.host.epoch)
      throw new StaleEpoch(`epoch ${epoch} refused: the host in ${zone} has seen epoch ${server.host.epoch}`);
    server.host.epoch = epoch;
    return server;
  };
  return {
    status: async (zone) => {
      const { power, host } = reach(zone);
      return { up: true, engine: power, epoch: host.epoch };
    },
    stop: async (zone, { epoch }) =>
      void Object.assign(admit(zone, epoch), { power: 'stopped', isFrozen: false }),
    rejoin: async (zone, { epoch, upstreamHost, standbyName, fresh, keep }) => {
      const server = admit(zone, epoch);
      const upstream = servers.reach(upstreamHost);
      const wasStandby = server.inRecovery && server.upstream === upstreamHost;
      const wasStreaming = servers.isStreaming(server);
      const isFresh = fresh === true && server.host.freshEpoch !== epoch;
      if (isFresh) setAside(server, epoch, keep === true);
      const diverged = !server.ids.every((id, position) => upstream.ids[position] === id);
      Object.assign(server, { power: 'running', isFrozen: false, inRecovery: true, isReadOnly: true });
      Object.assign(server, { syncName: '', upstream: upstreamHost, standbyName, isHeld: false });
      if (diverged) server.ids = upstream.ids;
      servers.replicate();
      if (isFresh) return { how: 'recloned', ...(keep === true ? { kept: `data.kept-e${epoch}` } : {}) };
      if (wasStandby && !diverged) return { how: wasStreaming ? 'already' : 'restarted' };
      return { how: 'rewound' };
    },
  };
}
