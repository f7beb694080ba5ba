import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { createHttpApi } from '../../../lib/engines/api/http/http-api';

/** What the service under test does with the next request. */
let status = 200;
const service: Server = createServer((request, response) => {
  if (status === 0) return;
  if (status === -1) return void request.socket.destroy();
  if (status === -2) {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half of it');
    return void setTimeout(() => request.socket.destroy(), 10);
  }
  response.writeHead(request.url === '/healthz' ? status : 404);
  response.end('{}');
});
const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;
const frozen = createTcpServer((socket: Socket) => socket.on('error', () => undefined));

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => frozen.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  service.close();
  service.closeAllConnections();
  frozen.close();
});

const look = async (answer: number, port = portOf(service), host = '127.0.0.1') => {
  status = answer;
  const api = createHttpApi({ healthPath: '/healthz', endpoints: { 'az-a': { host, port } } });
  const result = await api.probe('az-a', 300);
  await api.close();
  return result;
};

it('is ok when the health path says so, with its latency', async () => {
  expect(await look(200)).toEqual({ state: 'ok', reason: null, latencyMs: expect.any(Number) });
});

it('has failed when the service says so, is silent, breaks off, or is not there', async () => {
  expect(await look(503)).toMatchObject({ state: 'failed', reason: 'status 503' });
  expect(await look(0)).toEqual({ state: 'failed', reason: 'timeout', latencyMs: null });
  expect(await look(-1)).toMatchObject({ state: 'failed', reason: 'connection lost' });
  expect(await look(-2)).toMatchObject({ state: 'failed' });
  expect(await look(200, 1)).toMatchObject({ state: 'failed', reason: 'refused' });
});

it('ends by its deadline when a connection is taken and nothing is said', async () => {
  const startedMs = performance.now();
  expect(await look(200, portOf(frozen))).toMatchObject({ state: 'failed', reason: 'timeout' });
  expect(performance.now() - startedMs).toBeLessThan(700);
});

it('does not know what cannot be blamed on the service', async () => {
  expect(await look(404)).toMatchObject({ state: 'unknown', reason: 'status 404' });
  expect(await look(200, 80, 'no-such-host.invalid')).toMatchObject({ state: 'unknown' });
  expect(await createHttpApi({ healthPath: '/', endpoints: {} }).probe('az-z', 100)).toMatchObject({
    state: 'unknown',
  });
});
