import { createMemoryEngine } from '../../../lib/engines/memory/memory-engine';
import { createMemoryHosts } from '../../../lib/engines/memory/memory-hosts';
import { createMemoryServers } from '../../../lib/engines/memory/memory-servers';
import { describeEngineContract } from '../../contract/engine-contract';

describeEngineContract('memory', async () => {
  const servers = createMemoryServers('az-a', 'az-b');
  const hosts = createMemoryHosts(servers);
  return {
    engine: createMemoryEngine(servers, hosts),
    hosts,
    syncSettingOf: (name) => `FIRST 1 ("${name}")`,
    write: async (zone, id) => servers.write(zone, id),
    idsIn: async (zone) => servers.reach(zone).ids,
    freeze: async (zone) => servers.freeze(zone),
    thaw: async (zone) => servers.thaw(zone),
    kill: async (zone) => servers.kill(zone),
    silenceHost: async (zone) => servers.silenceHost(zone),
    close: async () => undefined,
  };
});
