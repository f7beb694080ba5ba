import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { createServer as createHttpServer, get } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forwardLoopbackToSocket, forwardSocketToTcp } from '../../lib/lab/loopback-forwarder';

/** loopback port -> unix socket -> TCP target, as in the lab; all of it ended after each test. */
describe('loopback -> unix socket -> TCP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evt-h1-forward-'));
  const socketPath = join(folder, 'region.sock');
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const startTarget = async (onPeer: (peer: Socket) => void): Promise<number> => {
    const server = createServer({ allowHalfOpen: true }, (peer) => onPeer(peer.on('error', () => undefined)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    return portOf(server);
  };
  const chain = async (targetPort: number): Promise<number> => {
    const far = await forwardSocketToTcp({ socketPath, host: '127.0.0.1', port: targetPort });
    const near = await forwardLoopbackToSocket({ port: 0, socketPath });
    closers.push(far.close, near.close);
    return near.port;
  };
  const received = async (peer: Socket): Promise<string> => {
    const chunks: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    await once(peer, 'close');
    return Buffer.concat(chunks).toString();
  };

  test('a client that ends its side still gets the whole answer', async () => {
    const port = await chain(
      await startTarget((peer) => {
        let size = 0;
        peer.on('data', (chunk: Buffer) => (size += chunk.length));
        peer.on('end', () => peer.end(`${size} bytes, ${'y'.repeat(3_000_000)}`));
      }),
    );
    const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const answer = received(peer);
    peer.end('x'.repeat(3_000_000));
    const text = await answer;
    expect(text.slice(0, 15)).toBe('3000000 bytes, ');
    expect(text.length).toBe(3_000_015);
  });

  test('HTTP with keep-alive, many at once', async () => {
    const server = createHttpServer((request, response) => response.end(`you asked ${request.url}`));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    const port = await chain(portOf(server));
    const ask = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        get({ port, host: '127.0.0.1', path }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text));
        }).on('error', reject);
      });
    const paths = Array.from({ length: 50 }, (_, index) => `/${index}`);
    expect(await Promise.all(paths.map(ask))).toEqual(paths.map((path) => `you asked ${path}`));
  });

  test('a target that refuses closes the client, and the forwarder lives on', async () => {
    const refusing = await startTarget(() => undefined);
    await closers.pop()?.();
    const port = await chain(refusing);
    for (let round = 0; round < 3; round += 1) {
      expect(await received(connect({ port, host: '127.0.0.1' }))).toBe('');
    }
  });

  test('no unix socket at all closes the client too', async () => {
    const near = await forwardLoopbackToSocket({ port: 0, socketPath: join(folder, 'none.sock') });
    closers.push(near.close);
    expect(await received(connect({ port: near.port, host: '127.0.0.1' }))).toBe('');
  });

  test('a client that breaks off is broken off at the target', async () => {
    let heard = (): void => undefined;
    let ended = (): void => undefined;
    const wasHeard = new Promise<void>((resolve) => (heard = resolve));
    const wasEnded = new Promise<void>((resolve) => (ended = resolve));
    const target = await startTarget((peer) => {
      peer.once('data', heard).once('end', () => peer.end(ended));
    });
    const peer = connect({ port: await chain(target), host: '127.0.0.1' }).on('error', () => undefined);
    peer.write('half a request');
    await wasHeard;
    peer.resetAndDestroy();
    await wasEnded;
  });

  test('a target that breaks off is broken off at the client', async () => {
    const port = await chain(await startTarget((peer) => peer.once('data', () => peer.resetAndDestroy())));
    const peer = connect({ port, host: '127.0.0.1' });
    peer.write('x');
    expect(await received(peer)).toBe('');
  });

  test('a killed predecessor’s socket is replaced; closing ends open connections', async () => {
    const target = await startTarget((peer) => peer.pipe(peer));
    const first = await chain(target);
    const peer = connect({ port: first, host: '127.0.0.1' });
    peer.write('hello');
    await once(peer, 'data');
    const again = await forwardSocketToTcp({ socketPath, host: '127.0.0.1', port: target });
    closers.push(again.close);
    const second = connect({ port: first, host: '127.0.0.1' });
    second.write('hello again');
    expect(String((await once(second, 'data'))[0])).toBe('hello again');
    const closed = [once(peer, 'close'), once(second, 'close')];
    for (const close of closers.splice(1).reverse()) await close();
    await Promise.all(closed);
  });

  test('a port that is taken is an error', async () => {
    const taken = await startTarget(() => undefined);
    await expect(forwardLoopbackToSocket({ port: taken, socketPath })).rejects.toThrow(/EADDRINUSE/);
  });
});
