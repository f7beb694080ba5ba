import { Resolver } from 'node:dns/promises';
import { waitUntil } from '../../../lib/lab/wait-until';
import { spawnLabProcess } from '../load/lab-process';
import { freePort } from '../../free-port';

jest.setTimeout(60_000);

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});
const spawnDns = (args: readonly string[]) => {
  const dns = spawnLabProcess('dns', args);
  opened.push(dns.close);
  return dns;
};

describe('the name server as a process', () => {
  it('starts before the emulator does, says that it has no records, and ends by SIGTERM', async () => {
    const [port, nobody] = [await freePort(), await freePort()];
    const args = [
      '--listen',
      `127.0.0.1:${port}`,
      '--zone',
      'evac.test',
      '--endpoint',
      `http://127.0.0.1:${nobody}`,
    ];
    const dns = spawnDns(args);
    await waitUntil({ what: 'its log', timeoutMs: 20_000 }, () =>
      /listening[^]*records-stale|records-stale[^]*listening/.test(dns.output()),
    );
    const resolver = new Resolver({ timeout: 1_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
    await expect(resolver.resolve4('orders.evac.test')).rejects.toMatchObject({ code: 'ESERVFAIL' });

    const second = spawnDns(args);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain('EADDRINUSE');

    dns.signal('SIGTERM');
    expect(await dns.exited).toBe(0);
  });

  it('refuses to start without an endpoint: it would ask the real AWS', async () => {
    const dns = spawnDns(['--listen', '127.0.0.1:5300', '--zone', 'evac.test']);
    expect(await dns.exited).toBe(2);
    expect(dns.output()).toContain('--listen, --zone and --endpoint are needed');
  });
});
