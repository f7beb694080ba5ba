import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidConfiguration, Unreachable } from '../../../lib/domain/errors';
import { deployStack, undeployStack } from '../../../lib/lab/deploy';
import { startWitnesses, warmUp } from '../../../lib/lab/deploy/invoke';
import { EndpointRefused, requireLocalEndpoint } from '../../../lib/lab/deploy/local-endpoint';
import { loadTopology } from '../../../lib/config/load-topology';
import { projectFolder } from '../emulator/local-region';
import { freePort } from '../../free-port';

const workDir = mkdtempSync(join(tmpdir(), 'evt-h7-'));
afterAll(() => rmSync(workDir, { recursive: true, force: true }));

const options = (endpoint: string | undefined, configFile = 'config/lab.yaml') => ({
  projectFolder,
  endpoint,
  configFile,
  parameters: { PostgresPassword: 'secret' },
  workDir: join(workDir, 'work'),
  deadlineMs: 30_000,
  log: () => undefined,
});

const REAL_OR_UNCLEAR = [
  undefined,
  '',
  'no address',
  'https://dynamodb.us-east-1.amazonaws.com',
  'http://dynamodb.us-east-1.amazonaws.com',
  'https://127.0.0.1:4566',
  'http://198.20.0.1:4566',
  'http://10.0.0.1:4566',
  'http://127.0.0.1.example.com:4566',
  'http://user@198.18.0.1.example.com',
];

test.each(REAL_OR_UNCLEAR)(
  'the endpoint %p is refused before anything is made or called',
  async (endpoint) => {
    const topology = loadTopology(join(projectFolder, 'config/lab.yaml'));
    const before = readdirSync(workDir);
    await expect(deployStack(options(endpoint))).rejects.toThrow(EndpointRefused);
    await expect(undeployStack(options(endpoint))).rejects.toThrow(EndpointRefused);
    await expect(warmUp({ endpoint, topology, timeoutMs: 1_000 })).rejects.toThrow(EndpointRefused);
    await expect(startWitnesses({ endpoint, topology, timeoutMs: 1_000 })).rejects.toThrow(EndpointRefused);
    expect(readdirSync(workDir)).toEqual(before);
  },
);

test.each(['http://127.0.0.1:4566', 'http://localhost:4566', 'http://[::1]:4566', 'http://198.18.0.1:4566'])(
  'the endpoint %s is taken',
  (endpoint) => {
    expect(requireLocalEndpoint(`${endpoint}/`)).toBe(endpoint);
  },
);

test('a wrong configuration is refused before anything is made', async () => {
  const configFile = join(workDir, 'wrong.yaml');
  writeFileSync(configFile, 'workload: 7\n');
  await expect(deployStack(options('http://127.0.0.1:1', configFile))).rejects.toThrow(InvalidConfiguration);
});

test('a Region that is not there is named', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const refusal = deployStack(options(endpoint));
  await expect(refusal).rejects.toThrow(Unreachable);
  await expect(refusal).rejects.toThrow(`the local Region at ${endpoint} did not`);
}, 60_000);
