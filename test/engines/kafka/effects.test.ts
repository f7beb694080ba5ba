import { Kafka, logLevel } from 'kafkajs';
import type { ZoneId } from '../../../lib/domain/topology';
import { startDeadline } from '../../../lib/engines/deadline';
import { readClusterView } from '../../../lib/engines/kafka/stretch/cluster-view';
import { createKafkaStretch } from '../../../lib/engines/kafka/stretch/kafka-stretch';
import { createTopics, orderReplicas } from '../../../lib/engines/kafka/stretch/placement-calls';
import { createOrderEvents } from '../../../lib/lab/orders/order-events';
import { readOrderIds } from '../../../lib/lab/orders/order-event-reader';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { RealBrokers } from './real-brokers';
import { ordersTopic, startRealBrokers } from './real-brokers';

jest.setTimeout(90_000);

const effect = (epoch: number, deadlineMs = 10_000) => ({ epoch, deadlineMs });
const planned = { mode: 'planned', standbyEligible: true } as const;
const emergency = { mode: 'emergency', standbyEligible: true } as const;

let brokers: RealBrokers;
beforeAll(async () => {
  brokers = await startRealBrokers();
});
afterAll(() => brokers.close());

const make = (topic: string, replicas: readonly number[], settings: Readonly<Record<string, string>>) => {
  const deadline = startDeadline(5_000);
  return brokers.sessions.askIn('az-a', deadline, (connection) =>
    connection.ask(createTopics([{ topic, replicas: [replicas], settings }], 5_000), deadline),
  );
};
const engineOf = (...topics: readonly string[]) =>
  createKafkaStretch(
    { component: { ...brokers.component, topics }, dataZones: brokers.dataZones },
    brokers.control,
  );
const viewOf = (zone: ZoneId) => {
  const deadline = startDeadline(2_000);
  return brokers.sessions.askIn(zone, deadline, (connection) =>
    readClusterView(connection, [ordersTopic], deadline),
  );
};
const safe = { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };

describe('what would break the promise', () => {
  it('is found before anything is changed, by topic and setting', async () => {
    await make('unsafe', [1, 2, 3], { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' });
    await make('brittle', [1, 2, 3], { ...safe, 'min.insync.replicas': '3' });
    await make('thin', [1, 3], safe);
    const engine = engineOf('unsafe', 'brittle', 'thin', 'absent');
    const { ok, findings, numbers } = await engine.preflight('az-b', effect(2));
    expect({ ok, findings }).toEqual({
      ok: false,
      findings: [
        'there is no topic absent: create it, or correct the configuration',
        'unclean.leader.election.enable of unsafe is true: set it to false, or a broker that lacks records may lead',
        'min.insync.replicas of unsafe is 1: set it to 2, or one broker alone acknowledges',
        'min.insync.replicas of brittle is 3 of 3 replicas: any lost zone stops it',
        'min.insync.replicas of thin is 2 of 2 replicas: any lost zone stops it',
        'thin has not 3 replicas in 3 zones (thin-0): reassign it',
        'the broker in az-b is not in sync in thin-0: wait, or look at its log',
      ],
    });
    expect(numbers).toMatchObject({ partitions: 5, inSync: 4, led: 0 });
    await expect(engine.ensureWriterIn('az-b', effect(2, 4_000))).rejects.toThrow(/no topic absent/);
    await expect(engineOf('thin').ensureWriterIn('az-b', effect(2))).rejects.toMatchObject({
      code: 'no-replica',
    });
    const fence = await engineOf('unsafe', 'thin').fence('az-a', planned, effect(2));
    expect(fence).toMatchObject({ kind: 'quorum', holds: false });
    expect(fence.why).toContain('unsafe may acknowledge with one broker alone');
    expect(fence.why).toContain('1 of 4 partitions have too few replicas in sync outside az-a (thin-0)');
    expect(await engineOf('absent').verify('az-a', effect(2))).toMatchObject({
      ok: false,
      findings: ['there is no topic absent'],
    });
    expect((await engineOf('absent').probe('az-a', 1_000)).replication).toMatchObject({
      role: 'unknown',
      writable: false,
    });
  });
});

describe('a move', () => {
  it('is away and back, leaders spread over zones are nobody’s, and the witness never comes first', async () => {
    const { engine } = brokers;
    const [first] = (await viewOf('az-a')).partitions;
    if (first === undefined) throw new Error('no partition');
    const deadline = startDeadline(5_000);
    await brokers.sessions.askIn('az-a', deadline, (connection) =>
      connection.ask(orderReplicas([{ ...first, replicas: [3, 1, 2] }], 5_000), deadline),
    );
    await waitUntil(
      { what: 'the order to be known', timeoutMs: 5_000 },
      async () =>
        ((await engine.preflight('az-b', effect(2))).numbers['preferredOutsideDataZones'] ?? 0) === 1,
    );
    await engine.ensureWriterIn('az-b', effect(3));
    const moved = await viewOf('az-b');
    expect(moved.partitions.map(({ leader, replicas }) => [leader, replicas.at(-1)])).toEqual(
      moved.partitions.map(() => [2, 3]),
    );
    expect(await engine.verify('az-b', effect(3))).toMatchObject({ ok: true, findings: [] });
    expect((await engine.probe('az-b', 1_000)).replication).toMatchObject({
      role: 'primary',
      writable: true,
      fenceEpoch: 3,
      standbys: [
        { name: 'az-a', state: 'streaming', syncState: 'quorum' },
        { name: 'az-c', state: 'streaming', syncState: 'quorum' },
      ],
    });
    const half = engineOf(ordersTopic, 'thin');
    expect((await half.probe('az-a', 1_000)).replication).toMatchObject({ role: 'unknown' });
    expect((await half.verify('az-b', effect(3))).findings).toEqual([
      '1 of 6 partitions are not led in az-b (thin-0)',
    ]);
    await engine.undoFence('az-b', { standby: 'az-a' }, effect(4));
    await engine.undoFence('az-a', { standby: 'az-b' }, effect(5));
    expect(await engine.verify('az-a', effect(5))).toMatchObject({ ok: true, findings: [] });
    expect((await engine.probe('az-a', 1_000)).replication).toMatchObject({ role: 'primary', fenceEpoch: 5 });
  });

  it('takes the leaders off a living broker, too, where it is an emergency', async () => {
    const { engine } = brokers;
    const fence = await engine.fence('az-a', emergency, effect(6));
    expect(fence).toMatchObject({ kind: 'quorum', holds: true });
    expect(fence.why).toContain('0 led in az-a');
    expect((await engine.probe('az-b', 1_000)).replication).toMatchObject({ role: 'primary' });
    await engine.ensureWriterIn('az-a', effect(7));
  });
});

describe('records', () => {
  it('are those that another client library reads and writes', async () => {
    const kafka = new Kafka({
      brokers: Object.values(brokers.endpoints).map(({ host, port }) => `${host}:${port}`),
      logLevel: logLevel.NOTHING,
    });
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    await producer.send({
      topic: ordersTopic,
      acks: -1,
      messages: [{ key: 'theirs', value: 'x', headers: { a: 'b' } }],
    });
    await producer.disconnect();
    const events = createOrderEvents({ endpoints: brokers.endpoints, topic: ordersTopic });
    const ours = ['one', 'two', 'three', 'vier', 'fünf'];
    await Promise.all(ours.map((id) => events.publish({ id, value: `value of ${id}` }, 5_000)));
    events.close();
    const read = await readOrderIds({ endpoints: brokers.endpoints, topic: ordersTopic }, 5_000);
    expect([...read].toSorted()).toEqual([...ours, 'theirs'].toSorted());
    const consumer = kafka.consumer({ groupId: 'test' });
    await consumer.connect();
    await consumer.subscribe({ topic: ordersTopic, fromBeginning: true });
    const seen = new Map<string, string>();
    await consumer.run({
      eachMessage: async ({ message }) => void seen.set(String(message.key), String(message.value)),
    });
    await waitUntil({ what: 'six events', timeoutMs: 20_000, everyMs: 20 }, () => seen.size === 6);
    await consumer.disconnect();
    expect(seen.get('fünf')).toBe('value of fünf');
  });
});
