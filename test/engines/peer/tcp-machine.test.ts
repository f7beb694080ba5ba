import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createTcpMachine } from '../../../lib/engines/peer/tcp/tcp-machine';

const listening = async (): Promise<{ server: Server; port: number }> => {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};

/** Listens and accepts nothing: once the kernel's queue is full, a new connection gets no answer. */
const startSilent = async (): Promise<{ port: number; end: () => Promise<unknown> }> => {
  const code = `
    const { createServer } = require('node:net');
    const { parentPort } = require('node:worker_threads');
    const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    });`;
  const worker = new Worker(code, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  return { port, end: () => worker.terminate() };
};

describe('the machine below a store', () => {
  it('answers when its store listens, and still when the store has stopped', async () => {
    const { server, port } = await listening();
    const machine = createTcpMachine({ 'use1-az1': { host: '127.0.0.1', port } });
    expect(await machine.probe('use1-az1', 5_000)).toMatchObject({ state: 'ok', reason: null });
    server.close();
    await once(server, 'close');
    expect(await machine.probe('use1-az1', 5_000)).toMatchObject({ state: 'ok', reason: 'ECONNREFUSED' });
    await machine.close();
  });

  it.each([
    ['a name that does not resolve', { host: 'no-such-machine.invalid', port: 1 }, 'unknown'],
    ['an address that there is no way to', { host: '224.0.0.1', port: 1 }, 'failed'],
  ])('%s: %s', async (_what, address, state) => {
    const machine = createTcpMachine({ 'use1-az1': address });
    expect(await machine.probe('use1-az1', 300)).toMatchObject({ state, latencyMs: null });
  });

  it('has failed when it says nothing at all', async () => {
    const silent = await startSilent();
    const machine = createTcpMachine({ 'use1-az1': { host: '127.0.0.1', port: silent.port } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => machine.probe('use1-az1', 300)));
    expect(answers).toContainEqual({ state: 'failed', reason: 'timeout', latencyMs: null });
    await silent.end();
  });

  it('is unknown in a zone without a store', async () => {
    expect(await createTcpMachine({}).probe('use1-az4', 100)).toMatchObject({
      state: 'unknown',
      reason: 'the store has no endpoint in use1-az4',
    });
  });
});
