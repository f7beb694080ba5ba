import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { serverProcesses } from '../../../lib/lab/postgres-host/server-process';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { RealServers } from '../../engines/postgres/real-servers';
import { startRealServers } from '../../engines/postgres/real-servers';

jest.setTimeout(90_000);

let folder: string;
let bundle: string;
let servers: RealServers;
let child: ChildProcess | null = null;
let output = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evt-h3-main-'));
  bundle = join(folder, 'postgres-host.js');
  const entryPoints = [join(process.cwd(), 'lib/lab/postgres-host/main.ts')];
  buildSync({
    entryPoints,
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
  });
  servers = await startRealServers();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await servers.close();
  rmSync(folder, { recursive: true });
});

const start = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<number | null> => {
  output = '';
  child = spawn(process.execPath, [bundle, ...args], { env: { ...env } });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child?.on('exit', resolve));
};

/** Speaks as much DynamoDB as it takes to read one seat. */
const seatStore = createServer((request, response) => {
  request.resume();
  const item = { pk: { S: 'w' }, sk: { S: 'seat' } };
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ Item: item }));
});

it('says what is missing, and never reaches for the real AWS', async () => {
  expect(await start(['--zone', 'az-a'], {})).toBe(2);
  expect(output).toContain('--folder');
  const names = [
    'zone',
    'folder',
    'binaries',
    'listen',
    'port',
    'agent-port',
    'networks',
    'table',
    'workload',
  ];
  expect(
    await start(
      names.flatMap((name) => [`--${name}`, '1']),
      {},
    ),
  ).toBe(2);
  expect(output).toContain('AWS_ENDPOINT_URL');
});

it('serves as a process of its own, starts nothing on a damaged seat, and leaves the server when it is told to end', async () => {
  await new Promise<void>((resolve) => seatStore.listen(0, '127.0.0.1', resolve));
  await servers.stopAgent('az-a');
  const { folder: hostFolder, data } = servers.filesOf('az-a');
  await servers.kill('az-a');
  const options = {
    zone: 'az-a',
    folder: hostFolder,
    binaries: servers.tools.binaries,
    listen: servers.addressOf('az-a'),
    port: '5432',
    'agent-port': '8081',
    networks: '127.0.0.0/8',
    table: 't',
    workload: 'w',
  };
  const endpoint = `http://127.0.0.1:${(seatStore.address() as AddressInfo).port}`;
  const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const ended = start(args, { ...keys, AWS_ENDPOINT_URL: endpoint });
  await waitUntil({ what: 'the first question', timeoutMs: 10_000 }, () => output.includes('cannot be read'));
  expect(await servers.control.status('az-a', 2_000)).toMatchObject({ up: true, engine: 'stopped' });
  await servers.startServer('az-a');
  child?.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(serverProcesses(data).length).toBeGreaterThan(0);
  seatStore.close();
  seatStore.closeAllConnections();
});
