import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { createConnections } from '../../../lib/lab/load/connections';
import type { LedgerLine } from '../../../lib/lab/load/ledger-writer';
import type { RetryPolicy } from '../../../lib/lab/load/order-client';
import { createOrderClient } from '../../../lib/lab/load/order-client';
import { createPublicName } from '../../../lib/lab/load/public-name';
import type { AddressRecord } from '../../../lib/lab/dns/zone-records';
import { createFakeSource, ordersAt, startNameServer } from '../dns/name-server';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { Reaction } from './fake-orders';
import { created, silent, startFakeOrders, unavailable } from './fake-orders';
import { freePort } from '../../free-port';

const RETRY: RetryPolicy = {
  attemptTimeoutMs: 400,
  pauseMs: 10,
  longestPauseMs: 20,
  retriesAtOnce: 8,
  totalTimeoutMs: 3_000,
};
const FIRST = '127.0.0.1';
const SECOND = '127.0.0.2';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const setUp = async (records: readonly AddressRecord[] | null, retry = RETRY) => {
  const port = await freePort();
  const fake = createFakeSource(records);
  const dns = await startNameServer(fake.source);
  if (records !== null) await dns.untilLoaded();
  const connections = createConnections();
  const lines: LedgerLine[] = [];
  const name = createPublicName({ name: 'orders.evac.test', server: dns.address });
  const place = createOrderClient({ name, connections, port, retry, record: (line) => lines.push(line) });
  opened.push(dns.close, () => Promise.resolve(connections.close()));
  const serve = async (host: string, reaction: Reaction) => {
    const server = await startFakeOrders(host, port, reaction);
    opened.push(server.close);
    return server;
  };
  const story = () => lines.map(({ t, status }) => (status === null ? t : `${t} ${status}`));
  return { place, lines, story, serve, setRecords: fake.set };
};

describe('the order client', () => {
  it('places an order through the public name and notes who served it', async () => {
    const { place, lines, serve } = await setUp([ordersAt(FIRST)]);
    const server = await serve(FIRST, created);
    await place();
    expect(lines).toMatchObject([
      { t: 'start', attempts: 0, status: null },
      { t: 'ack', attempts: 1, status: 201, servedBy: 'az-fake' },
    ]);
    expect(lines[1]?.id).toBe(server.seen[0]?.id);
    expect(lines[1]?.monoMs).toBeGreaterThan(lines[0]?.monoMs ?? Infinity);
    expect(lines[1]?.startedMonoMs).toBe(lines[0]?.monoMs);
  });

  it('keeps its connection while all is well, and tries again with the same key after an error', async () => {
    const { place, story, serve } = await setUp([ordersAt(FIRST)]);
    const server = await serve(FIRST, (request, response, i) =>
      (i === 1 ? unavailable : created)(request, response, i),
    );
    await place();
    await place();
    expect(story()).toEqual(['start', 'ack 201', 'start', 'attempt-failed 503', 'ack 201']);
    expect(server.seen[2]?.key).toBe(server.seen[1]?.key);
    expect(new Set(server.seen.map(({ fromPort }) => fromPort)).size).toBe(1);
  });

  it('leaves nothing on a connection that it keeps', async () => {
    const { place, serve } = await setUp([ordersAt(FIRST)]);
    await serve(FIRST, created);
    const listeners: number[] = [];
    const count = (message: unknown): void => {
      listeners.push((message as { request: ClientRequest }).request.socket?.listenerCount('connect') ?? -1);
    };
    subscribe('http.client.response.finish', count);
    for (let i = 0; i < 4; i += 1) await place();
    unsubscribe('http.client.response.finish', count);
    expect(listeners).toHaveLength(4);
    expect(new Set(listeners).size).toBe(1);
  });

  it('gives an attempt its own deadline and connects afresh after it', async () => {
    const { place, lines, serve } = await setUp([ordersAt(FIRST)]);
    const server = await serve(FIRST, (request, response, i) =>
      (i === 0 ? silent : created)(request, response, i),
    );
    await place();
    expect(lines.map(({ status }) => status)).toEqual([null, 'answer-timeout', 201]);
    const tookMs = (lines[1]?.monoMs ?? 0) - (lines[0]?.monoMs ?? 0);
    expect(tookMs).toBeGreaterThan(RETRY.attemptTimeoutMs - 5);
    expect(tookMs).toBeLessThan(RETRY.attemptTimeoutMs + 400);
    expect(server.seen[1]?.fromPort).not.toBe(server.seen[0]?.fromPort);
  });

  it('follows the name to another address as soon as an attempt has failed, whatever the TTL', async () => {
    const { place, story, serve, setRecords } = await setUp([ordersAt(FIRST, null, 300)]);
    await serve(SECOND, created);
    const dying = await serve(FIRST, (_, response) => {
      setRecords([ordersAt(SECOND, null, 300)]);
      setTimeout(() => response.destroy(), 30);
    });
    await place();
    expect(dying.seen.length).toBeLessThan(4);
    expect(story().at(-1)).toBe('ack 201');
    expect(new Set(story().slice(1, -1))).toEqual(new Set(['attempt-failed ECONNRESET']));
  });

  it('keeps an answer for its TTL and never for more than a second, but hardly at all after a failure', async () => {
    const fake = createFakeSource([ordersAt(FIRST, null, 300)]);
    const dns = await startNameServer(fake.source);
    opened.push(dns.close);
    await dns.untilLoaded();
    let now = 0;
    const name = createPublicName({ name: 'orders.evac.test', server: dns.address, nowMs: () => now });
    const moveTo = async (address: string) => {
      fake.set([ordersAt(address, null, 300)]);
      await waitUntil(
        { what: address, timeoutMs: 2_000 },
        async () => (await dns.resolver.resolve4('orders.evac.test'))[0] === address,
      );
    };
    expect(await name.address()).toBe(FIRST);
    await moveTo(SECOND);
    now = 999;
    expect(await name.address()).toBe(FIRST);
    now = 1_000;
    expect(await name.address()).toBe(SECOND);
    await moveTo(FIRST);
    name.distrust();
    now = 1_024;
    expect(await name.address()).toBe(SECOND);
    now = 1_025;
    expect(await name.address()).toBe(FIRST);
  });

  it('never has more retries under way than allowed, while first attempts go on', async () => {
    const retry = { ...RETRY, attemptTimeoutMs: 200, retriesAtOnce: 2, totalTimeoutMs: 1_200 };
    const { place, lines, serve } = await setUp([ordersAt(FIRST)], retry);
    const open = new Map<string, number>();
    let [most, firsts] = [0, 0];
    await serve(FIRST, ({ key }, response) => {
      const isRetry = open.has(key);
      firsts += isRetry ? 0 : 1;
      open.set(key, isRetry ? 1 : 0);
      most = Math.max(
        most,
        [...open.values()].reduce((sum, one) => sum + one, 0),
      );
      response.once('close', () => open.set(key, 0));
    });
    await Promise.all(Array.from({ length: 10 }, place));
    expect(firsts).toBe(10);
    expect(most).toBe(2);
    expect(lines.filter(({ t }) => t === 'fail')).toHaveLength(10);
  });

  it('gives up at once when the order itself is refused', async () => {
    const { place, story, serve } = await setUp([ordersAt(FIRST)]);
    await serve(FIRST, (_, response) => response.writeHead(409).end());
    await place();
    expect(story()).toEqual(['start', 'attempt-failed 409', 'fail 409']);
  });

  it('gives up when its total time is over', async () => {
    const { place, lines, serve } = await setUp([ordersAt(FIRST)], { ...RETRY, totalTimeoutMs: 200 });
    await serve(FIRST, unavailable);
    await place();
    const last = lines.at(-1);
    expect(last).toMatchObject({ t: 'fail', status: 503 });
    expect((last?.monoMs ?? 0) - (last?.startedMonoMs ?? 0)).toBeGreaterThanOrEqual(200);
  });

  it('counts a look-up that fails, a refused connection and a broken answer as failed attempts', async () => {
    const retry = { ...RETRY, totalTimeoutMs: 1 };
    const noName = await setUp([], retry);
    await noName.place();
    expect(noName.story()).toContain('attempt-failed dns-ENOTFOUND');

    const nobody = await setUp([ordersAt(FIRST)], retry);
    await nobody.place();
    expect(nobody.story()).toContain('attempt-failed ECONNREFUSED');

    const broken = await setUp([ordersAt(FIRST)], retry);
    await broken.serve(FIRST, (_, response) => {
      response.writeHead(201, { 'Content-Length': 100 }).write('half');
      setTimeout(() => response.destroy(), 10);
    });
    await broken.place();
    expect(broken.story()).toContain('attempt-failed ECONNRESET');
    expect(broken.story().join()).not.toContain('ack');
  });

  it('does not wait longer than the attempt for a name server that is silent', async () => {
    const name = { address: () => new Promise<string>(() => undefined), distrust: () => undefined };
    const lines: LedgerLine[] = [];
    const connections = createConnections();
    const place = createOrderClient({
      name,
      connections,
      port: 1,
      retry: { ...RETRY, totalTimeoutMs: 1 },
      record: (l) => lines.push(l),
    });
    await place();
    expect(lines.at(-1)).toMatchObject({ t: 'fail', status: 'dns-timeout' });
  });
});
