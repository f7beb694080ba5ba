import { createLazyEngine } from '../../lib/engines/lazy-engine';
import { createMemoryEngine } from '../../lib/engines/memory/memory-engine';
import { createMemoryServers } from '../../lib/engines/memory/memory-servers';
import { describeCopyControl } from '../contract/copy-control';
import { describeEngineContract } from '../contract/engine-contract';
import { createMemoryWorld } from './memory/memory-world';

const createWorld = () =>
  createMemoryWorld((engine) =>
    createLazyEngine({ component: engine.component, capabilities: engine.capabilities }, async () => engine),
  );

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
