import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureScenario } from '../../../lib/domain/report/measure-scenario';
import { instantNow } from '../../../lib/lab/load/instant';
import { tailLedger } from '../../../lib/lab/load/ledger';
import { waitUntil } from '../../../lib/lab/wait-until';
import { createFakeSource, ordersAt, startNameServer } from '../dns/name-server';
import { spawnLabProcess } from './lab-process';
import { created, silent, startFakeOrders } from './fake-orders';
import { freePort } from '../../free-port';

jest.setTimeout(60_000);

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

describe('the load generator as a process', () => {
  it('measures, from outside, an outage and the switch of the public name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evt-h6-load-'));
    opened.push(() => rmSync(folder, { recursive: true, force: true }));
    const ledger = join(folder, 'ledger.jsonl');
    const port = await freePort();
    const fake = createFakeSource([ordersAt('127.0.0.1', 100, 1)]);
    const dns = await startNameServer(fake.source);
    const [first, second] = [
      await startFakeOrders('127.0.0.1', port, created),
      await startFakeOrders('127.0.0.2', port, created),
    ];
    opened.push(dns.close, first.close, second.close, () => load.close());
    const load = spawnLabProcess('load', [
      '--name',
      'orders.evac.test',
      '--port',
      String(port),
      '--dns',
      dns.address,
      '--ledger',
      ledger,
      '--rate',
      '120',
      '--attempt-ms',
      '400',
    ]);
    const tail = tailLedger(ledger);
    const untilAcknowledged = (count: number) =>
      waitUntil({ what: `${count} acknowledged`, timeoutMs: 20_000, everyMs: 10 }, () => {
        tail.read();
        return tail.acknowledged() >= count;
      });

    await untilAcknowledged(100);
    const fault = instantNow();
    first.become(silent);
    await waitUntil(
      { what: 'an outage', timeoutMs: 5_000, everyMs: 10 },
      () => instantNow().monoMs - fault.monoMs > 500,
    );
    fake.set([ordersAt('127.0.0.2', 100, 1)]);
    await untilAcknowledged(tail.acknowledged() + 600);
    load.signal('SIGTERM');
    expect(await load.exited).toBe(0);
    tail.read();

    const faultAtMs = tail.onLedgerClock(fault);
    const events = tail.all();
    const scenario = measureScenario({
      name: 'switch',
      fault: 'silence',
      events,
      fromMs: 0,
      faultAtMs,
      observedUntilMs: events.at(-1)?.atMs ?? 0,
      survivors: { ids: new Set([...first.seen, ...second.seen].map(({ id }) => id)), readAtMs: Infinity },
      hadToFailOver: true,
      needlessFailovers: 0,
      phases: {},
      decision: null,
      objectives: { rto_seconds: 3, rpo_seconds: 0 },
      criterion: { staysGoodMs: 1_000, minimumOrders: 100, attemptDeadlineMs: 400 },
    });
    expect(scenario).toMatchObject({ lost: 0, rpo_seconds: 0, given_up: 0 });
    expect(scenario.rto_seconds).toBeGreaterThan(0.5);
    expect(scenario.rto_seconds).toBeLessThan(3);
    expect(scenario.write_gap_seconds).toBeGreaterThan(0.45);
    const starts = events.filter(({ t }) => t === 'start');
    const rate = starts.length / (((starts.at(-1)?.atMs ?? 0) - (starts[0]?.atMs ?? 0)) / 1_000);
    expect(Math.abs(rate - 120)).toBeLessThan(6);
  });

  it('refuses to start without what it needs', async () => {
    const load = spawnLabProcess('load', ['--name', 'orders.evac.test']);
    expect(await load.exited).toBe(2);
    expect(load.output()).toContain('--name, --port, --dns and --ledger are needed');
  });
});
