import type { ZoneId } from '../../lib/domain/topology';
import { createLazyEngine } from '../../lib/engines/lazy-engine';
import { createMemoryEngine } from '../../lib/engines/memory/memory-engine';
import { createMemoryHosts } from '../../lib/engines/memory/memory-hosts';
import { createMemoryServers } from '../../lib/engines/memory/memory-servers';
import { describeCopyControl } from '../contract/copy-control';
import { describeEngineContract } from '../contract/engine-contract';

const createWorld = async () => {
  const servers = createMemoryServers('az-a', 'az-b');
  const memory = createMemoryHosts(servers);
  let copies = 0;
  const rejoin: typeof memory.rejoin = async (zone, order, timeoutMs) => {
    const rejoined = await memory.rejoin(zone, order, timeoutMs);
    if (rejoined.how === 'recloned') copies += 1;
    return rejoined;
  };
  const hosts = { ...memory, rejoin };
  const engine = createMemoryEngine(servers, hosts);
  return {
    store: 'postgres' as const,
    engine: createLazyEngine(
      { component: engine.component, capabilities: engine.capabilities },
      async () => engine,
    ),
    hosts,
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

describeEngineContract('memory, loaded at its first question', createWorld);
describeCopyControl('memory, loaded at its first question', createWorld);

it('refuses to tell the copies of a store that nobody tells', async () => {
  const { copyControl, ...untold } = createMemoryEngine(createMemoryServers('az-a', 'az-b'));
  expect(copyControl).toBeDefined();
  const engine = createLazyEngine(untold, async () => untold);
  const refused = { code: 'no-copy-control' };
  await expect(engine.copyControl?.pause('az-b', { epoch: 1, deadlineMs: 1 })).rejects.toMatchObject(refused);
  await expect(engine.copyControl?.stop('az-b', { epoch: 1, deadlineMs: 1 })).rejects.toMatchObject(refused);
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
