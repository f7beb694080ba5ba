import { verdictOnCopies } from '../../../lib/domain/consistency/report';
import { createKafkaAudit } from '../../../lib/engines/kafka/stretch/compare';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { RealBrokers } from './real-brokers';
import { startRealBrokers } from './real-brokers';

jest.setTimeout(90_000);

const pair = { writer: 'az-a', copy: 'az-b' };
let brokers: RealBrokers;
beforeAll(async () => {
  brokers = await startRealBrokers();
  for (let n = 0; n < 20; n += 1) await brokers.write('az-a', `order-${n}`, 5_000);
});
afterAll(() => brokers.close());

const look = async (topics?: readonly string[]) => {
  const { component } = brokers;
  const audit = createKafkaAudit({ component: topics === undefined ? component : { ...component, topics } });
  const { report, next } = await audit.audit(pair, null, 5_000);
  await audit.close();
  expect(next).toBeNull();
  return report;
};

describe('the replicas of a stretched cluster', () => {
  it('are looked at, not compared: in sync everywhere, and the copy reaches what is acknowledged', async () => {
    const report = await look();
    expect(report).toMatchObject({ unknownFound: 0, items: 5 });
    expect(verdictOnCopies(report)).toBe('not-compared');
    expect(report.notes[0]).toBe('Kafka in az-b is in sync in 5 of 5 partitions');
    expect(report.notes[1]).toMatch(/^high watermarks from \d+ to \d+$/);
    const most = Number(/to (\d+)$/.exec(report.notes[1] ?? '')?.[1]);
    expect(most).toBeGreaterThanOrEqual(20);
  });

  it('of a topic that is not there are not known', async () => {
    const report = await look(['absent']);
    expect(verdictOnCopies(report)).toBe('unknown');
    expect(report.unknown[0]?.why).toContain('Kafka has no topic absent');
  });

  it('of a broker that died are named, each as not in sync', async () => {
    await brokers.kill('az-b');
    await waitUntil({ what: 'az-b to leave the in-sync sets', timeoutMs: 30_000, everyMs: 200 }, async () =>
      (await look()).unknown.every(({ why }) => why.includes('is not in sync')),
    );
    const report = await look();
    expect(verdictOnCopies(report)).toBe('unknown');
    expect(report.unknownFound).toBe(5);
    expect(report.unknown.map(({ why }) => why)[0]).toMatch(
      /^the replica in az-b is not in sync: its broker does not say where its log ends, acknowledged up to \d+$/,
    );
    expect(report.notes.at(-1)).toMatch(/^under-replicated: 5 of 5 partitions \(.* lacks az-b;/);
  });

  it('of a writer that is silent are not known', async () => {
    await brokers.kill('az-a');
    const report = await look();
    expect(verdictOnCopies(report)).toBe('unknown');
    expect(report.unknown[0]).toMatchObject({ part: 'all of it' });
  });
});
