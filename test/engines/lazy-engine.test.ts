import { createLazyEngine } from '../../lib/engines/lazy-engine';
import { createMemoryEngine } from '../../lib/engines/memory/memory-engine';
import { createMemoryHosts } from '../../lib/engines/memory/memory-hosts';
import { createMemoryServers } from '../../lib/engines/memory/memory-servers';
import { describeEngineContract } from '../contract/engine-contract';

describeEngineContract('memory, loaded at its first question', async () => {
  const servers = createMemoryServers('az-a', 'az-b');
  const hosts = createMemoryHosts(servers);
  const engine = createMemoryEngine(servers, hosts);
  return {
    engine: createLazyEngine(engine, async () => engine),
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

it('is loaded once, at the first question, and closed only when it was', async () => {
  const memory = createMemoryEngine(createMemoryServers('az-a', 'az-b'));
  let [loads, closes] = [0, 0];
  const engine = createLazyEngine(memory, async () => {
    loads += 1;
    return { ...memory, close: async () => void (closes += 1) };
  });
  await engine.close();
  expect([loads, closes]).toEqual([0, 0]);
  await Promise.all([engine.probe('az-a', 100), engine.newestBeaconMs('az-a', 100)]);
  await engine.close();
  expect([loads, closes]).toEqual([1, 1]);
});
