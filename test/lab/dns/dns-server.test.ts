import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import DNS from 'dns2';
import { startDnsServer } from '../../../lib/lab/dns/dns-server';
import type { AddressRecord } from '../../../lib/lab/dns/zone-records';
import { waitUntil } from '../../../lib/lab/wait-until';
import { createFakeSource, ordersAt, startNameServer } from './name-server';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const { close } of opened.splice(0)) await close();
});
const serve = async (records: readonly AddressRecord[] | null) => {
  const fake = createFakeSource(records);
  const server = await startNameServer(fake.source);
  opened.push(server);
  if (records !== null) await server.untilLoaded();
  return { ...fake, ...server };
};

describe('the name server of the lab', () => {
  it('answers with the record’s addresses and TTL, and with no AAAA', async () => {
    const { resolver } = await serve([ordersAt('198.18.1.1', 100, 7), ordersAt('198.18.2.1', 0)]);
    expect(await resolver.resolve4('orders.evac.test', { ttl: true })).toEqual([
      { address: '198.18.1.1', ttl: 7 },
    ]);
    await expect(resolver.resolve6('orders.evac.test')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('says NXDOMAIN, REFUSED and its SOA', async () => {
    const { resolver } = await serve([ordersAt('198.18.1.1')]);
    await expect(resolver.resolve4('nobody.evac.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('elsewhere.test')).rejects.toMatchObject({ code: 'EREFUSED' });
    expect(await resolver.resolveSoa('evac.test')).toMatchObject({ nsname: 'ns.evac.test', minttl: 1 });
  });

  it('shows a changed record to the next look-up within 50 ms', async () => {
    const { resolver, set } = await serve([ordersAt('198.18.1.1')]);
    expect(await resolver.resolve4('orders.evac.test')).toEqual(['198.18.1.1']);
    set([ordersAt('198.18.2.1')]);
    const startedMs = performance.now();
    await waitUntil(
      { what: 'the change', timeoutMs: 1_000 },
      async () => (await resolver.resolve4('orders.evac.test'))[0] === '198.18.2.1',
    );
    expect(performance.now() - startedMs).toBeLessThan(50);
  });

  it('keeps its answers while the source is away, and logs that once, and the return once', async () => {
    const { resolver, set, log } = await serve([ordersAt('198.18.1.1')]);
    set(null);
    await waitUntil({ what: 'the log', timeoutMs: 1_000 }, () => log.length > 0);
    expect(await resolver.resolve4('orders.evac.test')).toEqual(['198.18.1.1']);
    set([ordersAt('198.18.2.1')]);
    await waitUntil({ what: 'the return', timeoutMs: 1_000 }, () => log.length > 1);
    expect(log).toMatchObject([{ event: 'records-stale', keeps: 1 }, { event: 'records-fresh-again' }]);
  });

  it('fails a look-up, not lies, before it has any records', async () => {
    const { resolver } = await serve(null);
    await expect(resolver.resolve4('orders.evac.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  it('answers over TCP too', async () => {
    const { port } = await serve([ordersAt('198.18.1.1')]);
    const ask = DNS.TCPClient({ dns: '127.0.0.1', port });
    const { answers } = await ask('orders.evac.test', 'A');
    expect(answers).toMatchObject([{ address: '198.18.1.1' }]);
  });

  it('outlives garbage on both transports', async () => {
    const { port, resolver } = await serve([ordersAt('198.18.1.1')]);
    const udp = createSocket('udp4');
    await promisify((done: (error: Error | null) => void) =>
      udp.send(Buffer.from('garbage'), port, '127.0.0.1', done),
    )();
    udp.close();
    const tcp = connect(port, '127.0.0.1');
    tcp.on('error', () => undefined);
    tcp.end(Buffer.from([0, 3, 1, 2, 3]));
    await once(tcp, 'close');
    expect(await resolver.resolve4('orders.evac.test')).toEqual(['198.18.1.1']);
  });

  it('does not start on an address that is taken', async () => {
    const { port } = await serve([]);
    const taken = startDnsServer({
      zone: 'evac.test',
      cache: { current: () => [], close: async () => undefined },
      listen: { host: '127.0.0.1', port },
    });
    await expect(taken).rejects.toThrow('EADDRINUSE');
  });

  it('serves the system’s own resolver when it is set to it', async () => {
    const { port } = await serve([ordersAt('198.18.1.1')]);
    const script = `const { Resolver } = require('node:dns/promises'); const r = new Resolver(); r.setServers(['127.0.0.1:${port}']);
      r.resolve4('orders.evac.test').then((a) => console.log(a[0]));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { timeout: 10_000 });
    expect(stdout.trim()).toBe('198.18.1.1');
  });
});
