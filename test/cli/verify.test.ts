import { verify } from '../../lib/cli/verify';
import type { CopiesReport } from '../../lib/domain/consistency/report';
import { emptyReport } from '../../lib/domain/consistency/report';
import type { Store } from '../../lib/domain/topology';
import { createWorld, rejectionOf } from '../lambdas/ports';
import { answerVerify } from './answer-verify';
import { connectionTo } from './connection-to';
import { recordedOutput } from './recorded-output';

const reportOf = (store: Store, part: Partial<CopiesReport> = {}): CopiesReport => ({
  ...emptyReport({ store, writer: 'az-a', copy: 'az-b' }),
  items: 12,
  chunks: 2,
  ...part,
});

const ran = async (reports: readonly CopiesReport[], options: Partial<Parameters<typeof verify>[2]> = {}) => {
  const world = await createWorld({ hasRedis: true });
  answerVerify(world, reports);
  const { output, results, notes } = recordedOutput();
  const running = verify(connectionTo(world), output, { timeoutSeconds: 1, ...options });
  return { world, running, results, notes };
};

const different = reportOf('redis', {
  differences: [{ item: 'db0 k', what: 'different', words: null }],
  differencesFound: 3,
});

describe('evac verify', () => {
  it('starts the comparison of every store and prints what it found', async () => {
    const { running, results, world } = await ran([
      reportOf('postgres', { notes: ['n'] }),
      reportOf('redis'),
    ]);
    await running;
    expect(world.workflows.started).toMatchObject([
      {
        machine: 'verify',
        name: expect.stringMatching(/^orders-v-/),
        input: { stores: ['postgres', 'redis'] },
      },
    ]);
    expect(results).toEqual([
      [
        'PostgreSQL: az-b against the writer az-a: equal   (12 items in 2 chunks, 0 looked at again; 2.50 s after the start)',
        '  note: n',
        'Redis: az-b against the writer az-a: equal   (12 items in 2 chunks, 0 looked at again; 2.50 s after the start)',
      ].join('\n'),
    ]);
  });

  it('fails with the keys of what differs, and with what to do', async () => {
    const { running, results } = await ran([different], { store: ['redis'] });
    expect(await rejectionOf(running)).toMatchObject({
      name: 'CopiesDiffer',
      message: expect.stringContaining('docs/runbooks.md#copies-differ'),
    });
    expect(results[0]).toContain('  db0 k   different\n  and 2 more');
  });

  it('finds its own result when another comparison has ended meanwhile', async () => {
    const world = await createWorld();
    answerVerify(world, [reportOf('postgres')]);
    const { describe: look } = world.workflows;
    jest.spyOn(world.workflows, 'describe').mockImplementation(async (machine, name) => {
      const report = reportOf('postgres', { differencesFound: 1 });
      const record = { epoch: 7, execution: 'orders-v-e7', startedAtMs: 9_000, endedAtMs: 9_500, report };
      await world.ports.store.writeCopies(record);
      return look(machine, name);
    });
    const { output, results } = recordedOutput();
    await verify(connectionTo(world), output, { timeoutSeconds: 1 });
    expect(results[0]).toContain('PostgreSQL: az-b against the writer az-a: equal');
  });

  it('says of a quorum that it is not compared, and why; that is no failure', async () => {
    const world = await createWorld({ hasRedis: true, hasKafka: true });
    const kafka = reportOf('kafka', { items: 14, notCompared: 'its replicas agree', notes: ['in sync'] });
    answerVerify(world, [reportOf('postgres'), reportOf('redis'), kafka]);
    const { output, results } = recordedOutput();
    await verify(connectionTo(world), output, { timeoutSeconds: 1 });
    expect(results[0]?.split('\n').slice(2)).toEqual([
      'Kafka: not compared: its replicas agree   (az-b beside the writer az-a, 14 partitions; 2.50 s after the start)',
      '  note: in sync',
    ]);
    await verify(connectionTo(world), output, { timeoutSeconds: 1, json: true });
    expect(JSON.parse(results[1] ?? '')).toMatchObject({
      verdict: 'equal',
      stores: [{}, {}, { store: 'kafka', verdict: 'not-compared', not_compared: 'its replicas agree' }],
    });
  });

  it('fails when something is not known, and says what and why', async () => {
    const open = reportOf('redis', {
      differences: [{ item: 't', what: 'unreadable at the standby', words: 'invalid page' }],
      unknown: [{ part: 'p', why: 'w' }],
      unknownFound: 1,
    });
    const { running, results } = await ran([open], { store: ['redis'] });
    expect((await rejectionOf(running)).name).toBe('CopiesNotKnown');
    expect(results[0]).toContain('  t   unreadable at the standby: invalid page\n  not known: p: w');
  });

  it('has the same as one JSON document', async () => {
    const { running, results } = await ran([different], { store: ['redis'], json: true });
    await rejectionOf(running);
    expect(JSON.parse(results[0] ?? '')).toMatchObject({
      verdict: 'different',
      stores: [{ store: 'redis', took_seconds: 2.5, differences_found: 3, differences: [{ item: 'db0 k' }] }],
    });
  });

  it('says where to look when it still runs, when there is no result, and what it does not have', async () => {
    const world = await createWorld();
    const { output } = recordedOutput();
    const ask = (timeoutSeconds: number, store?: readonly Store[]) =>
      verify(connectionTo(world), output, { timeoutSeconds, ...(store === undefined ? {} : { store }) });
    expect(await rejectionOf(ask(0.05))).toMatchObject({ name: 'StillRunning' });
    expect(await rejectionOf(ask(1, ['redis']))).toMatchObject({ name: 'InvalidRequest' });
    const { running } = await ran([reportOf('redis', { unknownFound: 1 })]);
    expect(await rejectionOf(running)).toMatchObject({
      name: 'OperationFailed',
      message: expect.stringMatching(/without a result for every store: States\.Timeout$/),
    });
  });
});
