import { setTimeout as pause } from 'node:timers/promises';
import { waitUntil } from '../../../lib/lab/wait-until';
import { startOrderLoad } from './order-load';
import type { RealRedis } from './real-servers';
import { startRealRedis } from './real-servers';
import { seatAtBoot } from '../../lab/store-host/seat-at-boot';

jest.setTimeout(90_000);

const effect = (epoch: number, deadlineMs = 10_000) => ({ epoch, deadlineMs });
const emergency = { mode: 'emergency', standbyEligible: true } as const;

let servers: RealRedis;
beforeEach(async () => {
  servers = await startRealRedis();
});
afterEach(() => servers.close());

const moveToB = async (epoch: number): Promise<void> => {
  const { engine } = servers;
  expect(await engine.fence('az-a', emergency, effect(epoch))).toMatchObject({ holds: true });
  await engine.ensureWriterIn('az-b', effect(epoch));
  await engine.admitWrites('az-b', effect(epoch));
};
const missing = async (acknowledged: Iterable<string>, zone: string): Promise<readonly string[]> => {
  const found = new Set(await servers.idsIn(zone));
  return [...acknowledged].filter((id) => !found.has(id));
};
const some = (size: () => number, count: number) =>
  waitUntil({ what: `${count} acknowledged orders`, timeoutMs: 20_000, everyMs: 5 }, () => size() >= count);

it('loses no acknowledged write when the writer is killed under load', async () => {
  const load = startOrderLoad(servers, 'az-a', 8);
  await some(() => load.acknowledged.size, 500);
  await servers.kill('az-a');
  await moveToB(2);
  await load.stop();
  expect(await missing(load.acknowledged.keys(), 'az-b')).toEqual([]);
  await servers.engine.rejoin('az-a', 'az-b', effect(3, 60_000));
  await servers.engine.ensureSynchronous('az-b', 'az-a', effect(3));
  expect((await servers.idsIn('az-a')).toSorted()).toEqual((await servers.idsIn('az-b')).toSorted());
});

it('loses none when the writer freezes, and it acknowledges nothing when it comes back to life', async () => {
  const load = startOrderLoad(servers, 'az-a', 8);
  await some(() => load.acknowledged.size, 500);
  servers.signal('az-a', 'SIGSTOP');
  await pause(100);
  await moveToB(2);
  servers.signal('az-a', 'SIGCONT');
  const thawedAtMs = performance.now();
  await pause(1_500);
  await load.stop();
  expect(await missing(load.acknowledged.keys(), 'az-b')).toEqual([]);
  expect([...load.acknowledged.values()].filter((atMs) => atMs > thawedAtMs + 1_000)).toEqual([]);
});

it('loses none when writes begin to wait for the replica under load and the writer dies right after', async () => {
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

it('loses none in a planned move under load: what was acknowledged is on the other side before it is promoted', async () => {
  const { engine } = servers;
  const load = startOrderLoad(servers, 'az-a', 8);
  await some(() => load.acknowledged.size, 500);
  await engine.fence('az-a', { mode: 'planned', standbyEligible: true }, effect(2));
  expect(await engine.waitUntilLevel('az-a', 'az-b', effect(2))).toMatchObject({
    level: true,
    bytesBehind: 0,
  });
  await engine.ensureWriterIn('az-b', effect(2));
  await engine.admitWrites('az-b', effect(2));
  await load.stop();
  expect(await missing(load.acknowledged.keys(), 'az-b')).toEqual([]);
});

it('a writer that was cut off from power comes back by the seat’s word with all that it acknowledged', async () => {
  const load = startOrderLoad(servers, 'az-a', 8);
  await some(() => load.acknowledged.size, 300);
  await servers.kill('az-a');
  await load.stop();
  await servers.stopAgent('az-a');
  const agent = await servers.startAgent('az-a', async () => seatAtBoot('az-a', 1));
  expect(await agent.booted).toBe('started-as-writer');
  expect(await missing(load.acknowledged.keys(), 'az-a')).toEqual([]);
  expect((await servers.engine.probe('az-a', 1_000)).replication).toMatchObject({
    role: 'primary',
    fenceEpoch: 1,
  });
});
