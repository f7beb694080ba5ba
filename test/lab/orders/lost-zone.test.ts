import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Survivors } from '../../../lib/domain/report/loss';
import { measureScenario } from '../../../lib/domain/report/measure-scenario';
import { hostName } from '../../../lib/lab/orders/database-access';
import { SURVIVING_IDS_SQL } from '../../../lib/lab/orders/schema';
import { instantNow } from '../../../lib/lab/load/instant';
import { tailLedger } from '../../../lib/lab/load/ledger';
import { waitUntil } from '../../../lib/lab/wait-until';
import { createFakeSource, ordersAt, startNameServer } from '../dns/name-server';
import { spawnLabProcess } from '../load/lab-process';
import { accessTo, admitWrites, installSchema } from './api-client';
import type { PostgresServer } from './postgres-server';
import { describeOnServer, startPrimary, startStandby } from './postgres-server';
import { freePort } from '../../free-port';

jest.setTimeout(150_000);

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const startServers = async () => {
  const primary = await startPrimary();
  opened.push(primary.close);
  await installSchema(primary);
  await admitWrites(primary);
  const standby = await startStandby(primary, 'azb');
  opened.push(standby.close);
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (azb)'`);
  await primary.query('SELECT pg_reload_conf()');
  await waitUntil({ what: 'the synchronous standby', timeoutMs: 10_000 }, async () => {
    const rows = await primary.query(`SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'`);
    return rows.length === 1;
  });
  return { primary, standby };
};

const spawnApi = (zone: string, listen: string, hosts: readonly PostgresServer[]) => {
  const databases = hosts.flatMap(({ at }) => ['--database', hostName(at)]);
  const password = accessTo([]).password;
  const args = ['--zone', zone, '--listen', listen, '--dbname', 'postgres', ...databases];
  const api = spawnLabProcess('orders', args, { ORDERS_DB_PASSWORD: password });
  opened.push(api.close);
  return api;
};

const untilReady = (address: string) =>
  waitUntil({ what: `a writer behind ${address}`, timeoutMs: 20_000, everyMs: 20 }, async () => {
    const health = await fetch(`http://${address}/healthz`, { signal: AbortSignal.timeout(1_000) }).catch(
      () => null,
    );
    return health !== null && ((await health.json()) as { writer: unknown }).writer !== null;
  });

describeOnServer('orders, load, name server and report together', () => {
  it('loses no acknowledged order when the API and the database of one zone die', async () => {
    const { primary, standby } = await startServers();
    const port = await freePort();
    const apiA = spawnApi('az-a', `127.0.0.1:${port}`, [primary, standby]);
    const apiB = spawnApi('az-b', `127.0.0.2:${port}`, [primary, standby]);
    await Promise.all([untilReady(`127.0.0.1:${port}`), untilReady(`127.0.0.2:${port}`)]);
    const records = createFakeSource([ordersAt('127.0.0.1', 100), ordersAt('127.0.0.2', 0)]);
    const dns = await startNameServer(records.source);
    opened.push(dns.close);
    const folder = mkdtempSync(join(tmpdir(), 'evt-h6-zone-'));
    opened.push(() => rmSync(folder, { recursive: true, force: true }));
    const ledger = join(folder, 'ledger.jsonl');
    const load = spawnLabProcess('load', [
      '--name',
      'orders.evac.test',
      '--port',
      String(port),
      '--dns',
      dns.address,
      '--ledger',
      ledger,
    ]);
    opened.push(load.close);
    const tail = tailLedger(ledger);
    const untilAcknowledged = (count: number) =>
      waitUntil({ what: `${count} acknowledged`, timeoutMs: 60_000, everyMs: 10 }, () => {
        tail.read();
        return tail.acknowledged() >= count;
      });

    await untilAcknowledged(1_000);
    const fault = instantNow();
    apiA.signal('SIGKILL');
    await primary.stop();
    await standby.query('SELECT pg_promote(true)');
    const promoted = instantNow();
    records.set([ordersAt('127.0.0.1', 0), ordersAt('127.0.0.2', 100)]);
    const measure = (survivors: Survivors | null) =>
      measureScenario({
        name: 'az-failure',
        fault: 'kill az-a',
        events: tail.all(),
        fromMs: 0,
        faultAtMs: tail.onLedgerClock(fault),
        observedUntilMs: tail.all().at(-1)?.atMs ?? 0,
        survivors,
        hadToFailOver: true,
        needlessFailovers: 0,
        phases: { promoted: tail.onLedgerClock(promoted) },
        decision: null,
        objectives: { rto_seconds: 30, rpo_seconds: 0 },
        criterion: { staysGoodMs: 1_000, minimumOrders: 100, attemptDeadlineMs: 400 },
      });
    await untilAcknowledged(tail.acknowledged() + 300);
    await waitUntil({ what: 'the recovery', timeoutMs: 30_000, everyMs: 200 }, () => {
      tail.read();
      return measure(null).rto_seconds !== null;
    });
    load.signal('SIGTERM');
    expect(await load.exited).toBe(0);
    tail.read();

    const readAtMs = tail.onLedgerClock(instantNow());
    const ids = new Set((await standby.query(SURVIVING_IDS_SQL)).map(({ id }) => String(id)));
    const scenario = measure({ ids, readAtMs });
    expect(scenario.why).toBeNull();
    expect(scenario).toMatchObject({ lost: 0, given_up: 0, passed: true });
    expect(tail.all().at(-1)).toMatchObject({ servedBy: 'az-b' });
    apiB.signal('SIGTERM');
    expect(await apiB.exited).toBe(0);
  });

  it('ends with a sentence when started wrongly, or on an address that is taken', async () => {
    const nothing = spawnLabProcess('orders', []);
    const address = spawnLabProcess('orders', ['--zone', 'az-a', '--database', 'nowhere'], {
      ORDERS_DB_PASSWORD: 'x',
    });
    opened.push(nothing.close, address.close);
    expect([await nothing.exited, await address.exited]).toEqual([2, 2]);
    expect(nothing.output()).toContain('ORDERS_DB_PASSWORD are needed');
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const listen = `127.0.0.1:${port}`;
    const args = ['--zone', 'az-a', '--listen', listen, '--database', '127.0.0.1:1'];
    const taken = spawnLabProcess('orders', args, { ORDERS_DB_PASSWORD: 'x' });
    opened.push(taken.close, () => holder.close());
    expect(await taken.exited).toBe(1);
    expect(taken.output()).toContain('EADDRINUSE');
    expect(address.output()).toContain('an address HOST:PORT is needed, found nowhere');
  });
});
