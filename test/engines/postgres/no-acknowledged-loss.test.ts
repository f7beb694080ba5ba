import { setTimeout as pause } from 'node:timers/promises';
import { waitUntil } from '../../../lib/lab/wait-until';
import { startOrderLoad } from './order-load';
import type { RealServers } from './real-servers';
import { startRealServers } from './real-servers';
import { seatAtBoot } from '../../lab/store-host/seat-at-boot';

jest.setTimeout(90_000);

const effect = (epoch: number, deadlineMs = 10_000) => ({ epoch, deadlineMs });
const emergency = { mode: 'emergency', standbyEligible: true } as const;

let servers: RealServers;
beforeEach(async () => {
  servers = await startRealServers();
});
afterEach(() => servers.close());

const moveToB = async (epoch: number): Promise<void> => {
  const { engine } = servers;
  expect(await engine.fence('az-a', emergency, effect(epoch))).toMatchObject({ holds: true });
  await engine.ensureWriterIn('az-b', effect(epoch));
  await engine.admitWrites('az-b', effect(epoch));
};
const idsIn = async (zone: string): Promise<Set<string>> =>
  new Set(
    (await servers.sql(zone, 'select id from orders')).map((row) => (row as { readonly id: string }).id),
  );
const missing = async (acknowledged: Iterable<string>, zone: string): Promise<readonly string[]> => {
  const found = await idsIn(zone);
  return [...acknowledged].filter((id) => !found.has(id));
};
const some = (size: () => number, count: number) =>
  waitUntil({ what: `${count} acknowledged orders`, timeoutMs: 20_000, everyMs: 5 }, () => size() >= count);

it('loses no acknowledged write when the writer is killed under load, and rewinds what only it had', async () => {
  const load = startOrderLoad(servers, 'az-a', 8);
  await some(() => load.acknowledged.size, 300);
  await servers.kill('az-a');
  await moveToB(2);
  await load.stop();
  expect(await missing(load.acknowledged.keys(), 'az-b')).toEqual([]);
  const { how } = await servers.engine.rejoin('az-a', 'az-b', effect(3, 60_000));
  expect(['rewound', 'recloned']).toContain(how);
  await servers.engine.ensureSynchronous('az-b', 'az-a', effect(3));
  expect(await idsIn('az-a')).toEqual(await idsIn('az-b'));
});

it('loses no acknowledged write when the writer freezes, nor when it comes back to life', async () => {
  const load = startOrderLoad(servers, 'az-a', 8);
  await some(() => load.acknowledged.size, 300);
  servers.signal('az-a', 'SIGSTOP');
  await pause(100);
  await moveToB(2);
  servers.signal('az-a', 'SIGCONT');
  // Time for the clients to reach the thawed writer: it may flush late replies, and must acknowledge nothing new.
  const thawedAtMs = performance.now();
  await pause(1_500);
  await load.stop();
  expect(await missing(load.acknowledged.keys(), 'az-b')).toEqual([]);
  expect([...load.acknowledged.values()].filter((atMs) => atMs > thawedAtMs + 1_000)).toEqual([]);
});

it('loses no acknowledged write when synchronous replication begins under load and the writer dies right after', async () => {
  const { engine } = servers;
  await engine.degrade('az-a', effect(2));
  const load = startOrderLoad(servers, 'az-a', 8);
  await some(() => load.acknowledged.size, 100);
  await engine.rejoin('az-b', 'az-a', effect(3, 30_000));
  await engine.ensureSynchronous('az-a', 'az-b', effect(3));
  await servers.kill('az-a');
  await moveToB(4);
  await load.stop();
  expect(await missing(load.acknowledged.keys(), 'az-b')).toEqual([]);
});

/** §3b.8: what a client that retries may be told, and by whom. */
it('lets a restarted old writer acknowledge no phantom: its agent leaves it stopped, and rewinds it', async () => {
  const insert = `insert into orders values ('phantom') on conflict do nothing`;
  servers.signal('az-b', 'SIGSTOP');
  const waiting = servers.sql('az-a', insert, 'orders').then(
    () => 'acknowledged',
    () => 'refused',
  );
  expect(await Promise.race([waiting, pause(300, 'waits')])).toBe('waits');
  await servers.kill('az-a');
  expect(await waiting).toBe('refused');
  servers.signal('az-b', 'SIGCONT');
  await waitUntil({ what: 'az-b to give up az-a', timeoutMs: 5_000 }, async () => {
    return (await servers.engine.probe('az-b', 500)).replication?.upstreamHost === null;
  });
  await moveToB(2);

  // Started behind the agent's back, it shows the row, and would acknowledge the retry without a commit.
  await servers.startServer('az-a');
  const phantom = await missing(['phantom'], 'az-b');
  if (phantom.length > 0) {
    expect([...(await idsIn('az-a'))]).toContain('phantom');
    await expect(servers.sql('az-a', insert, 'orders')).resolves.toEqual([]);
  }
  await servers.kill('az-a');

  await servers.stopAgent('az-a');
  const agent = await servers.startAgent('az-a', async () => seatAtBoot('az-b', 2));
  expect(await agent.booted).toBe('left-stopped');
  expect((await servers.engine.probe('az-a', 500)).reason).toBe('refused');
  await servers.engine.rejoin('az-a', 'az-b', effect(3, 60_000));
  expect(await idsIn('az-a')).toEqual(await idsIn('az-b'));
});
