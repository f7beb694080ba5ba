import { verify } from '../../lib/cli/verify';
import type { VerifyOptions } from '../../lib/cli/verify';
import type { CopiesReport } from '../../lib/domain/consistency/report';
import { emptyReport } from '../../lib/domain/consistency/report';
import type { Seat } from '../../lib/domain/protocol/seat';
import { CALM_GRID } from '../domain/decision/world';
import type { World } from '../lambdas/ports';
import { createWorld, DIED, operationAt, putGrid, rejectionOf } from '../lambdas/ports';
import { connectionTo } from './connection-to';
import { recordedOutput } from './recorded-output';

const equal: CopiesReport = { ...emptyReport({ store: 'postgres', writer: 'az-a', copy: 'az-b' }), items: 9 };
const different: CopiesReport = {
  ...equal,
  differences: [
    { item: 'orders.orders id=1', what: 'different', words: null },
    { item: 'orders.orders id=2', what: 'only at the standby', words: null },
  ],
  differencesFound: 5,
  unknownFound: 1,
};

/** The machines as they would run: each comparison finds the next report, a rejoin ends as it is told. */
const answering = (
  world: World,
  reports: readonly CopiesReport[],
  rejoin: 'done' | 'refused' | 'without a trace',
): void => {
  const left = [...reports];
  const { start } = world.workflows;
  const { store } = world.ports;
  const compare = async (execution: string): Promise<void> => {
    const report = left.shift();
    if (report === undefined) throw new Error('the test expected no more comparisons');
    await store.writeCopies({ epoch: 7, execution, startedAtMs: 1_000, endedAtMs: 3_500, report });
    world.workflows.executions.set(execution, { status: 'succeeded', failure: null });
  };
  const makeAnew = async (execution: string): Promise<void> => {
    const done = rejoin === 'refused' ? { status: 'failed' as const, failure: REFUSED } : SUCCEEDED;
    world.workflows.executions.set(execution, done);
    if (rejoin !== 'done') return;
    const line = { epoch: 8, status: 'done', startedAtMs: 1, endedAtMs: 2 } as const;
    const made = { store: 'postgres', how: 'recloned', kept: '/data.kept-e8' };
    await store.writeStep({ ...line, name: 'rejoin-standby', detail: made });
    await store.writeStep({ ...line, name: 'record-outcome', detail: { execution } });
  };
  jest.spyOn(world.workflows, 'start').mockImplementation(async (machine, name, input) => {
    await start(machine, name, input);
    await (machine === 'verify' ? compare(name) : makeAnew(name));
  });
};

const SUCCEEDED = { status: 'succeeded' as const, failure: null };
const REFUSED = { error: 'refused', cause: 'Refused: the seat is held by the planned failover' };

interface Setting {
  readonly reports: readonly CopiesReport[];
  readonly options?: Partial<VerifyOptions>;
  readonly seat?: Partial<Seat>;
  readonly rejoin?: Parameters<typeof answering>[2];
}

const ran = async ({ reports, options = {}, seat = {}, rejoin = 'done' }: Setting) => {
  const world = await createWorld({ seat: { epoch: 10, ...seat }, policy: { staleAfterMs: 200 } });
  await putGrid(world, CALM_GRID);
  let round = 101;
  const looking = setInterval(() => void putGrid(world, CALM_GRID, (round += 1)), 20);
  answering(world, reports, rejoin);
  const { output, results, notes } = recordedOutput();
  const running = verify(connectionTo(world), output, {
    timeoutSeconds: 2,
    reconcile: true,
    reason: 'az-b differs',
    ...options,
  });
  const error = await running.then(
    () => null,
    (cause: unknown) => cause as Error,
  );
  clearInterval(looking);
  return { world, error, results, notes };
};

const rejoinsOf = ({ workflows }: World) => workflows.started.filter(({ machine }) => machine === 'rejoin');

describe('evac verify --reconcile', () => {
  it('says what it will do, does it by the comparison that found it, compares again, says where it is kept', async () => {
    const { world, error, results, notes } = await ran({ reports: [different, equal] });
    expect(error).toBeNull();
    const [first, second] = world.workflows.started.filter(({ machine }) => machine === 'verify');
    expect(rejoinsOf(world)).toMatchObject([
      {
        name: expect.stringMatching(/^orders-r-/),
        input: {
          rebuild: 'postgres',
          seatEpoch: 10,
          to: 'az-b',
          keep: true,
          comparison: first?.name,
          reason: 'az-b differs',
        },
      },
    ]);
    expect(second?.name).toBe('orders-v-e8');
    expect(notes.join('\n')).toContain(
      [
        'PostgreSQL: the copy in az-b is made anew from its writer in az-a: 5 difference(s)',
        "  orders.orders id=1   different: the writer's takes its place; the copy's is in what is kept",
        '  orders.orders id=2   only at the standby: goes; it is in what is kept',
        '  and 3 more, likewise',
        '  1 part(s) are not known; they are made anew with the rest',
      ].join('\n'),
    );
    expect(results).toEqual([
      expect.stringMatching(
        /^PostgreSQL: the copy in az-b was made anew \(epoch 8\); what it had is kept there in \/data\.kept-e8\nPostgreSQL: az-b against the writer az-a: equal /,
      ),
    ]);
  });

  it('has the plan, what was done and the last comparison as one JSON document', async () => {
    const { results } = await ran({ reports: [different, equal], options: { json: true } });
    expect(JSON.parse(results[0] ?? '')).toMatchObject({
      verdict: 'equal',
      repaired: [{ store: 'postgres', copy: 'az-b', epoch: 8, kept: '/data.kept-e8' }],
      stores: [{ store: 'postgres', verdict: 'equal', execution: 'orders-v-e8' }],
    });
  });

  it('does nothing when they are equal', async () => {
    const { world, error } = await ran({ reports: [equal] });
    expect(error).toBeNull();
    expect(rejoinsOf(world)).toEqual([]);
  });

  it('fails when they still differ', async () => {
    const { error } = await ran({ reports: [different, different] });
    expect(error).toMatchObject({ name: 'CopiesDiffer' });
    expect(error?.message).toContain('still not what its writer is');
  });

  it('says so when the journal does not tell where it is kept', async () => {
    const { error, results } = await ran({ reports: [different, equal], rejoin: 'without a trace' });
    expect(error).toBeNull();
    expect(results[0]).toContain('(epoch unknown); what it had is kept beside its data folder there');
  });

  it('ends as refused with what is under way: by its own look, and that is kept', async () => {
    const operation = operationAt(7, { kind: 'degrade', mode: 'emergency' });
    const { world, error } = await ran({ reports: [different], seat: { operation } });
    expect(error).toMatchObject({ name: 'Refused', code: 'busy' });
    expect(error?.message).toContain('the emergency degrade from az-a to az-b');
    expect(rejoinsOf(world)).toEqual([]);
    const [record] = await world.ports.store.recentDecisions(9);
    expect(record?.circumstances?.request).toMatchObject({ rebuild: { keep: true }, only: ['postgres'] });
  });

  it('ends as refused when the machine was', async () => {
    const { error } = await ran({ reports: [different], rejoin: 'refused' });
    expect(error).toMatchObject({ name: 'Refused', message: expect.stringContaining('planned failover') });
  });

  it('is refused when the writer cannot read what it has', async () => {
    const differences = [{ item: 't', what: 'unreadable at the writer' as const, words: 'invalid page' }];
    const { world, error, notes } = await ran({ reports: [{ ...different, differences }] });
    expect(error).toMatchObject({ name: 'Refused', code: 'writer-damaged' });
    expect(notes.at(-1)).toContain('  t   unreadable at the writer: invalid page');
    expect(rejoinsOf(world)).toEqual([]);
  });
});

describe('evac verify --reconcile --dry-run', () => {
  const options = { dryRun: true };

  it('prints each difference and what would be done, and changes nothing', async () => {
    const { world, error, results } = await ran({ reports: [different], options });
    expect(error).toMatchObject({
      name: 'CopiesDiffer',
      message: expect.stringContaining('nothing was changed'),
    });
    expect(results[0]).toContain('the copy in az-b is made anew from its writer in az-a: 5 difference(s)');
    expect(results[0]).toContain('orders.orders id=2   only at the standby: goes; it is in what is kept');
    expect(rejoinsOf(world)).toEqual([]);
  });

  it('needs no reason, and has the plan as JSON', async () => {
    const world = await ran({ reports: [different], options: { dryRun: true, json: true } });
    expect(JSON.parse(world.results[0] ?? '')).toMatchObject({
      verdict: 'different',
      planned: [{ store: 'postgres', differences: 5, items: [{ item: 'orders.orders id=1' }, {}] }],
    });
    const world2 = await createWorld();
    answering(world2, [equal], 'done');
    const { output } = recordedOutput();
    await verify(connectionTo(world2), output, { timeoutSeconds: 1, reconcile: true, dryRun: true });
  });

  it('says that it would be refused, and keeps no record of that', async () => {
    const { world, error } = await ran({ reports: [different], options, seat: { eligible: null } });
    expect(error).toMatchObject({ name: 'Refused', code: 'not-eligible' });
    expect(await world.ports.store.recentDecisions(9)).toEqual([]);
  });
});

describe('what does not go together', () => {
  it.each<[Partial<VerifyOptions>, string]>([
    [{ reconcile: true }, '--reason is missing'],
    [{ reconcile: true, reason: ' ' }, '--reason is missing'],
    [{ dryRun: true }, 'go with --reconcile'],
    [{ reason: 'why' }, 'go with --reconcile'],
  ])('%j', async (options, said) => {
    const world = await createWorld();
    const { output } = recordedOutput();
    const refused = await rejectionOf(verify(connectionTo(world), output, { timeoutSeconds: 1, ...options }));
    expect(refused).toMatchObject({ name: 'InvalidRequest', message: expect.stringContaining(said) });
    expect(world.workflows.started).toEqual([]);
  });

  it('a comparison that died is told as such', async () => {
    const world = await createWorld();
    jest.spyOn(world.workflows, 'start').mockImplementation(async (_machine, name) => {
      world.workflows.executions.set(name, DIED);
    });
    const { output } = recordedOutput();
    const running = verify(connectionTo(world), output, { timeoutSeconds: 1, reconcile: true, reason: 'r' });
    expect((await rejectionOf(running)).name).toBe('OperationFailed');
  });
});
