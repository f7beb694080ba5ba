import { Resolver } from 'node:dns/promises';
import { startDnsServer } from '../../../lib/lab/dns/dns-server';
import { createRecordCache } from '../../../lib/lab/dns/record-cache';
import type { AddressRecord, RecordSource } from '../../../lib/lab/dns/zone-records';
import { waitUntil } from '../../../lib/lab/wait-until';
import { freePort } from '../../free-port';

export const ordersAt = (address: string, weight: number | null = null, ttlSeconds = 1): AddressRecord => ({
  name: 'orders.evac.test',
  addresses: [address],
  ttlSeconds,
  weight,
});

/** Records from a variable: null = the source does not answer. */
export const createFakeSource = (initial: readonly AddressRecord[] | null) => {
  let records = initial;
  const source: RecordSource = {
    read: () => (records === null ? Promise.reject(new Error('emulator away')) : Promise.resolve(records)),
    close: () => undefined,
  };
  return {
    source,
    set: (next: readonly AddressRecord[] | null) => {
      records = next;
    },
  };
};

/** A real name server on a free loopback port, and a resolver that asks it. */
export const startNameServer = async (source: RecordSource, everyMs = 5) => {
  const log: Readonly<Record<string, unknown>>[] = [];
  const cache = createRecordCache({ source, log: (line) => log.push(line), everyMs });
  const port = await freePort();
  const server = await startDnsServer({ zone: 'evac.test', cache, listen: { host: '127.0.0.1', port } });
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return {
    port,
    address: `127.0.0.1:${port}`,
    log,
    resolver,
    untilLoaded: () => waitUntil({ what: 'records', timeoutMs: 5_000 }, () => cache.current() !== null),
    close: async () => {
      await server.close();
      await cache.close();
    },
  };
};
