import type { ReplicationView } from '../../../lib/domain/observation';
import type { OrderEvents } from '../../../lib/lab/orders/order-events';
import { createOrderEvents } from '../../../lib/lab/orders/order-events';
import { readOrderIds } from '../../../lib/lab/orders/order-event-reader';
import { startBroker } from '../../../lib/lab/kafka-host/server-process';
import { waitUntil } from '../../../lib/lab/wait-until';
import { longestGapMs, startOrderLoad } from './order-load';
import type { RealBrokers } from './real-brokers';
import { ordersTopic, startRealBrokers } from './real-brokers';

jest.setTimeout(90_000);

const effect = (epoch: number, deadlineMs = 15_000) => ({ epoch, deadlineMs });
const planned = { mode: 'planned', standbyEligible: true } as const;
const emergency = { mode: 'emergency', standbyEligible: true } as const;

let brokers: RealBrokers;
let events: OrderEvents;
beforeEach(async () => {
  brokers = await startRealBrokers();
  events = createOrderEvents({ endpoints: brokers.endpoints, topic: ordersTopic });
});
afterEach(async () => {
  events.close();
  await brokers.close();
});

const some = (size: () => number, count: number) =>
  waitUntil({ what: `${count} acknowledged orders`, timeoutMs: 20_000, everyMs: 5 }, () => size() >= count);
const missing = async (acknowledged: ReadonlyMap<string, number>): Promise<readonly string[]> => {
  const found = await readOrderIds({ endpoints: brokers.endpoints, topic: ordersTopic }, 10_000);
  return [...acknowledged.keys()].filter((id) => !found.has(id));
};
const roleIn = async (zone: string): Promise<ReplicationView['role'] | undefined> =>
  (await brokers.engine.probe(zone, 1_000)).replication?.role;
/** For people who run this by hand: figures of record come from the bench. */
const say = (what: string, acknowledged: ReadonlyMap<string, number>): void => {
  process.stdout.write(
    `${what}: ${acknowledged.size} acknowledged, longest gap ${Math.round(longestGapMs(acknowledged))} ms\n`,
  );
};

const moveToB = async (epoch: number): Promise<void> => {
  const { engine } = brokers;
  expect(await engine.fence('az-a', emergency, effect(epoch))).toMatchObject({ kind: 'quorum', holds: true });
  await engine.ensureWriterIn('az-b', effect(epoch));
  await engine.admitWrites('az-b', effect(epoch));
  expect(await engine.verify('az-b', effect(epoch))).toMatchObject({ ok: true, findings: [] });
};

it('loses no acknowledged event when the leaders’ broker is killed under load', async () => {
  const load = startOrderLoad(events, 8);
  await some(() => load.acknowledged.size, 500);
  await brokers.kill('az-a');
  const before = load.acknowledged.size;
  await moveToB(2);
  await some(() => load.acknowledged.size, before + 300);
  await load.stop();
  say('killed', load.acknowledged);
  expect(await missing(load.acknowledged)).toEqual([]);
  expect(await brokers.engine.rejoin('az-a', 'az-b', effect(3, 40_000))).toEqual({ how: 'restarted' });
  await brokers.engine.ensureSynchronous('az-b', 'az-a', effect(3));
  expect(await roleIn('az-a')).toBe('standby');
  expect(await missing(load.acknowledged)).toEqual([]);
});

it('loses none when it freezes, and it leads nothing when it comes back to life', async () => {
  const load = startOrderLoad(events, 8);
  await some(() => load.acknowledged.size, 500);
  brokers.signal('az-a', 'SIGSTOP');
  const before = load.acknowledged.size;
  await moveToB(2);
  await some(() => load.acknowledged.size, before + 300);
  brokers.signal('az-a', 'SIGCONT');
  await brokers.engine.ensureSynchronous('az-b', 'az-a', effect(2, 30_000));
  await load.stop();
  say('frozen', load.acknowledged);
  expect(await roleIn('az-a')).toBe('standby');
  expect(await missing(load.acknowledged)).toEqual([]);
});

it('loses none in a planned move under load, and writers only wait a moment', async () => {
  const { engine } = brokers;
  const load = startOrderLoad(events, 8);
  await some(() => load.acknowledged.size, 500);
  expect(await engine.preflight('az-b', effect(2))).toMatchObject({ ok: true, findings: [] });
  expect(await engine.fence('az-a', planned, effect(2))).toMatchObject({ kind: 'quorum', holds: true });
  expect(await engine.waitUntilLevel('az-a', 'az-b', effect(2))).toMatchObject({
    level: true,
    bytesBehind: 0,
    writerPosition: expect.any(String),
    standbyPosition: expect.any(String),
  });
  for (let turn = 0; turn < 2; turn += 1) {
    await engine.ensureWriterIn('az-b', effect(2));
    await engine.admitWrites('az-b', effect(2));
  }
  const before = load.acknowledged.size;
  await some(() => load.acknowledged.size, before + 300);
  await load.stop();
  say('planned', load.acknowledged);
  expect([await roleIn('az-a'), await roleIn('az-b'), await roleIn('az-c')]).toEqual([
    'standby',
    'primary',
    'standby',
  ]);
  expect(await missing(load.acknowledged)).toEqual([]);
});

it('loses none when the witness’s broker dies, and nothing is moved', async () => {
  const load = startOrderLoad(events, 8);
  await some(() => load.acknowledged.size, 300);
  await brokers.kill('az-c');
  const before = load.acknowledged.size;
  await some(() => load.acknowledged.size, before + 300);
  await load.stop();
  expect(await roleIn('az-a')).toBe('primary');
  expect(await missing(load.acknowledged)).toEqual([]);
  expect(await brokers.engine.fence('az-a', planned, effect(2))).toMatchObject({ holds: false });
  // Nobody is there to start it: it comes by itself, and is waited for.
  await brokers.silenceHost('az-c');
  const rejoined = brokers.engine.rejoin('az-c', 'az-a', effect(2, 40_000));
  await startBroker(brokers.hostOf('az-c'));
  expect(await rejoined).toEqual({ how: 'restarted' });
  expect(await brokers.engine.fence('az-a', planned, effect(2))).toMatchObject({ holds: true });
});

it('acknowledges nothing with one broker of three, and says so', async () => {
  await Promise.all([brokers.kill('az-b'), brokers.kill('az-c')]);
  const outcome = await events.publish({ id: 'alone', value: '' }, 1_500).catch((error: unknown) => error);
  expect(outcome).toMatchObject({ name: 'DeadlineExceeded' });
  await expect(brokers.engine.verify('az-a', effect(1, 1_500))).rejects.toMatchObject({ retryable: true });
  expect(await brokers.engine.waitUntilLevel('az-a', 'az-b', effect(1, 1_000))).toMatchObject({
    level: false,
    bytesBehind: null,
  });
});
