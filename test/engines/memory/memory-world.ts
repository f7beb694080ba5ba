import type { ZoneId } from '../../../lib/domain/topology';
import { createMemoryEngine } from '../../../lib/engines/memory/memory-engine';
import { createMemoryHosts } from '../../../lib/engines/memory/memory-hosts';
import { createMemoryServers } from '../../../lib/engines/memory/memory-servers';
import type { Engine } from '../../../lib/ports/engine';

/** Two servers in memory, az-a writes. `wrap`: what stands between the contract and the engine. */
export const createMemoryWorld = async (wrap: (engine: Engine) => Engine) => {
  const servers = createMemoryServers('az-a', 'az-b');
  const hosts = createMemoryHosts(servers);
  let copies = 0;
  const rejoin: typeof hosts.rejoin = async (zone, order, timeoutMs) => {
    const rejoined = await hosts.rejoin(zone, order, timeoutMs);
    if (rejoined.how === 'recloned') copies += 1;
    return rejoined;
  };
  return {
    engine: wrap(createMemoryEngine(servers, { ...hosts, rejoin })),
    hosts: { ...hosts, rejoin },
    store: 'postgres' as const,
    wholeCopies: () => copies,
    syncSettingOf: (name: string) => `FIRST 1 ("${name}")`,
    write: async (zone: ZoneId, id: string) => servers.write(zone, id),
    idsIn: async (zone: ZoneId) => servers.reach(zone).ids,
    freeze: async (zone: ZoneId) => servers.freeze(zone),
    thaw: async (zone: ZoneId) => servers.thaw(zone),
    kill: async (zone: ZoneId) => servers.kill(zone),
    silenceHost: async (zone: ZoneId) => servers.silenceHost(zone),
    close: async () => undefined,
  };
};
