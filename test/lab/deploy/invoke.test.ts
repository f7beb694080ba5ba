import { join } from 'node:path';
import { loadTopology } from '../../../lib/config/load-topology';
import { functionName, witnessFunctionName } from '../../../lib/contract/names';
import { witnessesOf } from '../../../lib/domain/topology';
import { LambdaFailed, startWitnesses, warmUp } from '../../../lib/lab/deploy/invoke';
import type { LocalRegion } from '../emulator/local-region';
import { eventually, projectFolder, startLocalRegion } from '../emulator/local-region';

const topology = loadTopology(join(projectFolder, 'config/lab.yaml'));
const keepWarm = functionName(topology.workload, 'keep-warm');
let region: LocalRegion;

beforeAll(async () => {
  region = await startLocalRegion();
}, 60_000);
afterAll(() => region.close(), 30_000);

test('starts the loop of every witness, once', async () => {
  const names = witnessesOf(topology).map((witness) => witnessFunctionName(topology.workload, witness));
  const recorders = await Promise.all(names.map((name) => region.createRecorder(name)));
  await startWitnesses({ endpoint: region.endpoint, topology, timeoutMs: 20_000 });
  for (const { recorded } of recorders) {
    const events = await eventually(recorded, (found) => found.length > 0, 20_000);
    expect(events.map(({ event }) => event)).toEqual([{ run: 'loop' }]);
  }
}, 60_000);

test('a keep-warm that fails is an error with its message', async () => {
  await region.createFunction(keepWarm, "throw new Error('no table');");
  const warming = warmUp({ endpoint: region.endpoint, topology, timeoutMs: 20_000 });
  await expect(warming).rejects.toThrow(LambdaFailed);
  await expect(warming).rejects.toThrow(`${keepWarm}: {"errorMessage": "no table"`);
}, 60_000);
