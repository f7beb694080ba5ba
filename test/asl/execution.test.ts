import { StatesError } from '../../lib/asl/failure';
import { startExecution } from '../../lib/asl/execution';
import type { HistoryEvent } from '../../lib/asl/history';
import { readDefinition } from '../../lib/asl/read-definition';
import type { ScriptedRun } from './scripted';
import { runScripted, thrown } from './scripted';

const task = (lambda: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: '${' + lambda + '}',
  ...more,
});
const machine = (States: Record<string, object>, more: object = {}) => ({
  StartAt: Object.keys(States)[0],
  States,
  ...more,
});
const entered = ({ history }: ScriptedRun): readonly string[] =>
  history.flatMap((event) => (event.type === 'StateEntered' ? [event.name] : []));
const outputOf = ({ ended }: ScriptedRun): unknown => (ended.status === 'SUCCEEDED' ? ended.output : ended);
const typesOf = (history: readonly HistoryEvent[]): readonly string[] => history.map(({ type }) => type);

describe('data', () => {
  it('goes through templates at any depth, with the execution named', async () => {
    const Parameters = {
      'all.$': '$',
      literal: { list: [1, null, { 'x.$': '$.a.b' }], 'name.$': '$$.Execution.Name' },
    };
    const run = await runScripted({
      definition: machine({ Begin: { Type: 'Pass', Parameters, End: true } }),
      input: { a: { b: 7 } },
    });
    expect(outputOf(run)).toEqual({
      all: { a: { b: 7 } },
      literal: { list: [1, null, { x: 7 }], name: 'execution-1' },
    });
  });

  it('is put where ResultPath says, and makes the way there', async () => {
    const run = await runScripted({
      definition: machine({
        One: task('A', { ResultPath: '$.results.one', Next: 'Two' }),
        Two: { Type: 'Pass', ResultPath: '$.copy', End: true },
      }),
      input: { kept: true, results: 'a text is replaced' },
      script: { A: [{ returns: { done: 1, gone: undefined } }] },
    });
    const after = { kept: true, results: { one: { done: 1 } } };
    expect(outputOf(run)).toEqual({ ...after, copy: after });
  });

  it('that is no object has no place for a result', async () => {
    const run = await runScripted({
      definition: machine({ One: { Type: 'Pass', ResultPath: '$.a', End: true } }),
      input: 'text',
    });
    expect(run.ended).toMatchObject({ status: 'FAILED', error: 'States.ResultPathMatchFailure' });
  });

  it.each([
    ['a template', { Type: 'Pass', Parameters: { 'x.$': '$.a.none' }, End: true }],
    ['a Choice', { Type: 'Choice', Choices: [{ Variable: '$.none', StringEquals: 'x', Next: 'One' }] }],
    ['a Fail', { Type: 'Fail', ErrorPath: '$.none' }],
    ['an inherited name', { Type: 'Pass', Parameters: { 'x.$': '$.constructor' }, End: true }],
    [
      'a task, past its Catch',
      task('A', {
        Parameters: { 'x.$': '$.none' },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'One' }],
        End: true,
      }),
    ],
  ])('that a path does not find ends the execution: in %s', async (_, state) => {
    const run = await runScripted({ definition: machine({ One: state }), input: { a: 1 } });
    expect(run.ended).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(run.calls).toEqual([]);
  });
});

describe('a Choice', () => {
  const rule = (value: string) => ({ Variable: '$.mode', StringEquals: value, Next: value });
  const pass = { Type: 'Succeed' };
  const choice = { Type: 'Choice', Choices: [rule('a'), rule('b')] };

  it.each([
    ['a', 'a'],
    ['b', 'b'],
    ['c', 'other'],
    [7, 'other'],
  ])('of %j goes to %s', async (mode, wanted) => {
    const run = await runScripted({
      definition: machine({ Which: { ...choice, Default: 'other' }, a: pass, b: pass, other: pass }),
      input: { mode },
    });
    expect(entered(run)).toEqual(['Which', wanted]);
  });

  it.each([
    [{ request: { epoch: 7 } }, 'a'],
    [{ request: { to: 'az-b' } }, 'b'],
    [{ request: 'epoch' }, 'b'],
    [{}, 'b'],
  ])('by what is there: %j goes to %s', async (input, wanted) => {
    const present = { Variable: '$.request.epoch', IsPresent: true, Next: 'a' };
    const definition = machine({
      Which: { Type: 'Choice', Choices: [present], Default: 'b' },
      a: pass,
      b: pass,
    });
    expect(entered(await runScripted({ definition, input }))).toEqual(['Which', wanted]);
  });

  it('without a match and a Default fails', async () => {
    const definition = machine({ Which: choice, a: pass, b: pass });
    const run = await runScripted({ definition, input: { mode: 'c' } });
    expect(run.ended).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });
});

describe('a Wait', () => {
  const waiting = (seconds: unknown, more: object = {}) => ({
    definition: machine({
      Rest: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Done' },
      Done: { Type: 'Succeed' },
    }),
    input: { seconds },
    ...more,
  });

  it('lasts the seconds that its path says, and hands its input on', async () => {
    const run = await runScripted(waiting(7));
    expect(outputOf(run)).toEqual({ seconds: 7 });
    expect(run.history.at(-1)?.atMs).toBe(7_000);
    expect((await runScripted(waiting(0))).history.at(-1)?.atMs).toBe(0);
  });

  it.each([['7'], [1.5], [-1], [null]])('of %j seconds is a runtime error', async (seconds) => {
    expect((await runScripted(waiting(seconds))).ended).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('must be a whole number of seconds') as unknown,
    });
  });

  it('is ended by a stop', async () => {
    const run = await runScripted(waiting(7, { stopAfterMs: 500 }));
    expect(run.ended.status).toBe('ABORTED');
    expect(entered(run)).toEqual(['Rest']);
  });
});

describe('a Fail', () => {
  it.each([
    [{ Error: 'Refused', Cause: 'busy' }, 'Refused', 'busy'],
    [{ ErrorPath: '$.result', CausePath: '$.reason' }, 'released', 'given back'],
    [{}, '', ''],
  ])('%j ends with its error', async (fields, error, cause) => {
    const definition = machine({ No: { Type: 'Fail', ...fields } });
    const run = await runScripted({ definition, input: { result: 'released', reason: 'given back' } });
    expect(run.ended).toEqual({ status: 'FAILED', error, cause });
  });

  it('takes texts only', async () => {
    const definition = machine({ No: { Type: 'Fail', ErrorPath: '$.result' } });
    const run = await runScripted({ definition, input: { result: 3 } });
    expect(run.ended).toMatchObject({ error: 'States.Runtime' });
  });
});

describe('a failed task', () => {
  const undo = { Type: 'Pass', End: true };
  const caught = (ErrorEquals: readonly string[], more: object = {}) => ({
    ErrorEquals,
    Next: 'Undo',
    ...more,
  });

  it.each([
    ['its own name', ['Refused'], 'Refused', true],
    ['another name', ['Refused'], 'Unreachable', false],
    ['States.ALL', ['States.ALL'], 'Unreachable', true],
    ['States.TaskFailed', ['States.TaskFailed'], 'Unreachable', true],
    ['States.Timeout', ['States.Timeout'], 'Unreachable', false],
  ])('is caught by %s', async (_, names, error, isCaught) => {
    const run = await runScripted({
      definition: machine({ Do: task('A', { Catch: [caught(names)], End: true }), Undo: undo }),
      script: { A: [thrown(error, 'no fence')] },
    });
    expect(entered(run)).toEqual(isCaught ? ['Do', 'Undo'] : ['Do']);
    const cause = JSON.stringify({ errorType: error, errorMessage: 'no fence' });
    const failure = { Error: error, Cause: cause };
    expect(outputOf(run)).toEqual(isCaught ? failure : { status: 'FAILED', error, cause });
  });

  it('keeps its input beside the failure, and the first Catch that matches has it', async () => {
    const run = await runScripted({
      definition: machine({
        Do: task('A', {
          Catch: [caught(['Other']), caught(['States.ALL'], { ResultPath: '$.failure' })],
          End: true,
        }),
        Undo: undo,
      }),
      input: { epoch: 8 },
      script: { A: [thrown('Refused')] },
    });
    expect(outputOf(run)).toMatchObject({ epoch: 8, failure: { Error: 'Refused' } });
  });

  it('may throw what is no Error', async () => {
    const definition = readDefinition('sample', machine({ Do: task('A') }));
    const ports = {
      invoke: () => Promise.reject('just a text'),
      nowMs: () => 0,
      sleep: async () => undefined,
      deadline: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
    };
    const { ended } = startExecution(definition, { name: 'e', input: {} }, ports);
    expect(await ended).toMatchObject({ status: 'FAILED', error: 'Error' });
  });
});

describe('Retry', () => {
  const attempts = ({ history }: ScriptedRun): readonly number[] =>
    history.flatMap((event) => (event.type === 'TaskScheduled' ? [event.atMs] : []));
  const retried = (...Retry: readonly object[]) => machine({ Do: task('A', { Retry, End: true }) });

  it('waits longer each time, and gives up after its attempts', async () => {
    const definition = retried({ ErrorEquals: ['E'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 3 });
    const run = await runScripted({ definition, script: { A: [thrown('E')] } });
    expect(attempts(run)).toEqual([0, 2_000, 8_000, 26_000]);
    expect(run.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(run.ended).toMatchObject({ status: 'FAILED', error: 'E' });
  });

  it('has one second, three attempts and twice the time when it says nothing', async () => {
    const run = await runScripted({
      definition: retried({ ErrorEquals: ['States.ALL'] }),
      script: { A: [thrown('E')] },
    });
    expect(attempts(run)).toEqual([0, 1_000, 3_000, 7_000]);
  });

  it('counts each retrier for itself; one that may not try ends it', async () => {
    const definition = retried(
      { ErrorEquals: ['E'], MaxAttempts: 2, BackoffRate: 1 },
      { ErrorEquals: ['F'], MaxAttempts: 1, BackoffRate: 1 },
      { ErrorEquals: ['G'], MaxAttempts: 0 },
    );
    const lines = ['E', 'F', 'E', 'G'].map((name) => thrown(name));
    const run = await runScripted({ definition, script: { A: lines } });
    expect(attempts(run)).toHaveLength(4);
    expect(run.ended).toMatchObject({ error: 'G' });
  });

  it('gives the result of the attempt that went through', async () => {
    const run = await runScripted({
      definition: retried({ ErrorEquals: ['E'] }),
      script: { A: [thrown('E'), { returns: 'well' }] },
    });
    expect(outputOf(run)).toBe('well');
  });
});

describe('a time-out', () => {
  const slow = [{ afterMs: 5_000, returns: 'late' }];

  it('of a task is States.Timeout; the Lambda runs on, unheard', async () => {
    const definition = machine({
      Slow: task('A', {
        TimeoutSeconds: 2,
        Catch: [
          { ErrorEquals: ['States.TaskFailed'], Next: 'No' },
          { ErrorEquals: ['States.Timeout'], Next: 'Next' },
        ],
        End: true,
      }),
      Next: task('B'),
      No: { Type: 'Succeed' },
    });
    const run = await runScripted({ definition, script: { A: slow, B: [{ afterMs: 9_000, returns: 'b' }] } });
    expect(entered(run)).toEqual(['Slow', 'Next']);
    expect(outputOf(run)).toBe('b');
    expect(typesOf(run.history)).toContain('TaskTimedOut');
    expect(run.history.at(-1)?.atMs).toBe(11_000);
  });

  it('does not touch a task that answers in time', async () => {
    const definition = machine({ Fast: task('A', { TimeoutSeconds: 6, Next: 'Long' }), Long: task('B') });
    const run = await runScripted({ definition, script: { A: slow, B: [{ afterMs: 9_000, returns: 'b' }] } });
    expect(outputOf(run)).toBe('b');
  });

  it('of the execution ends everything, past every Retry and Catch', async () => {
    const more = {
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
      Retry: [{ ErrorEquals: ['States.ALL'] }],
    };
    const definition = machine(
      { Slow: task('A', { ...more, End: true }), Caught: { Type: 'Succeed' } },
      { TimeoutSeconds: 3 },
    );
    const run = await runScripted({ definition, script: { A: slow } });
    expect(run.ended).toEqual({ status: 'TIMED_OUT', error: 'States.Timeout', cause: '' });
    expect(entered(run)).toEqual(['Slow']);
    expect(run.history.at(-1)).toMatchObject({ type: 'ExecutionTimedOut', atMs: 3_000 });
  });

  it('of the execution is no matter once it has ended', async () => {
    const definition = machine({ Only: { Type: 'Succeed' } }, { TimeoutSeconds: 3 });
    expect((await runScripted({ definition })).ended.status).toBe('SUCCEEDED');
  });
});

describe('a Parallel', () => {
  const parallel = (branches: readonly object[], more: object = { End: true }) => ({
    Type: 'Parallel',
    Branches: branches,
    ...more,
  });

  it('gives every branch its input, and hands on their results in order', async () => {
    const definition = machine({
      All: parallel([machine({ A: task('A') }), machine({ B: { Type: 'Pass', End: true } })], {
        ResultPath: '$.both',
        End: true,
      }),
    });
    const run = await runScripted({
      definition,
      input: { n: 1 },
      script: { A: [{ afterMs: 10, returns: 'a' }] },
    });
    expect(outputOf(run)).toEqual({ n: 1, both: ['a', { n: 1 }] });
  });

  it('ends with its first failed branch, and schedules nothing more of the others', async () => {
    const definition = machine({
      All: parallel(
        [
          machine({ Slow: task('A', { Next: 'Never' }), Never: task('B') }),
          machine({ Fails: task('C', { Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }], End: true }) }),
        ],
        { Catch: [{ ErrorEquals: ['E'], Next: 'Undo' }], End: true },
      ),
      Undo: task('D'),
    });
    const script = {
      A: [{ afterMs: 2_000 }],
      C: [thrown('E')],
      D: [{ afterMs: 5_000, returns: 'undone' }],
    };
    const run = await runScripted({ definition, script });
    expect(entered(run)).toEqual(['All', 'Slow', 'Fails', 'Undo']);
    expect(run.history.at(-1)).toMatchObject({ type: 'ExecutionSucceeded', output: 'undone', atMs: 6_000 });
  });

  it('stops a branch that waits for its Retry, and a Parallel within', async () => {
    const inner = parallel([machine({ Waits: task('A', { Retry: [{ ErrorEquals: ['E'] }], End: true }) })]);
    const definition = machine({
      All: parallel([machine({ Inner: inner }), machine({ Fails: task('B') })], {
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Long' }],
        End: true,
      }),
      Long: task('C'),
    });
    const script = { A: [thrown('E')], B: [{ afterMs: 500, ...thrown('F') }], C: [{ afterMs: 60_000 }] };
    const run = await runScripted({ definition, script });
    expect(run.calls.map(({ state }) => state)).toEqual(['Waits', 'Fails', 'Long']);
  });

  it('is tried again as a whole', async () => {
    const definition = machine({
      All: parallel([machine({ A: task('A') }), machine({ B: task('B') })], {
        Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }],
        End: true,
      }),
    });
    const run = await runScripted({
      definition,
      script: { A: [{ returns: 'a' }], B: [thrown('E'), { returns: 'b' }] },
    });
    expect(outputOf(run)).toEqual(['a', 'b']);
    expect(entered(run)).toEqual(['All', 'A', 'B', 'A', 'B']);
  });

  it('fails with the error of a Fail in a branch', async () => {
    const definition = machine({
      All: parallel([machine({ No: { Type: 'Fail', Error: 'E', Cause: 'c' } })]),
    });
    expect((await runScripted({ definition })).ended).toEqual({ status: 'FAILED', error: 'E', cause: 'c' });
  });
});

describe('a stop', () => {
  it('ends it where it is: nothing is scheduled, caught or recorded after it', async () => {
    const definition = machine({
      Do: task('A', {
        Retry: [{ ErrorEquals: ['States.ALL'] }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }],
        End: true,
      }),
      Undo: task('B'),
    });
    const run = await runScripted({
      definition,
      script: { A: [{ afterMs: 900, ...thrown('E') }] },
      stopAfterMs: 500,
    });
    expect(run.ended).toEqual({ status: 'ABORTED', error: 'Stopped', cause: 'by a test' });
    expect(typesOf(run.history)).toEqual([
      'ExecutionStarted',
      'StateEntered',
      'TaskScheduled',
      'ExecutionAborted',
    ]);
  });

  it('between two attempts schedules no other', async () => {
    const definition = machine({ Do: task('A', { Retry: [{ ErrorEquals: ['States.ALL'] }], End: true }) });
    const run = await runScripted({ definition, script: { A: [thrown('E')] }, stopAfterMs: 500 });
    expect(run.ended.status).toBe('ABORTED');
    expect(run.calls).toHaveLength(1);
  });

  it('in the hook of an event is in time for what that event begins', async () => {
    const definition = readDefinition('sample', machine({ Only: { Type: 'Fail', Error: 'E' } }));
    const execution = startExecution(
      definition,
      { name: 'e', input: {} },
      {
        invoke: async () => undefined,
        nowMs: () => 0,
        sleep: async () => undefined,
        deadline: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
        onEvent: ({ type }) => (type === 'StateEntered' ? execution.stop('Stopped', '') : undefined),
      },
    );
    expect((await execution.ended).status).toBe('ABORTED');
    execution.stop('Stopped', 'again');
    expect(typesOf(execution.history)).toEqual(['ExecutionStarted', 'StateEntered', 'ExecutionAborted']);
  });
});

describe('an execution', () => {
  it('tells all that happened, in order', async () => {
    const definition = machine({ Do: task('A', { Next: 'Done' }), Done: { Type: 'Succeed' } });
    const run = await runScripted({ definition, input: { a: 1 }, script: { A: [{ returns: { b: 2 } }] } });
    expect(run.history).toEqual([
      { type: 'ExecutionStarted', input: { a: 1 }, atMs: 0 },
      { type: 'StateEntered', name: 'Do', state: 'Task', input: { a: 1 }, atMs: 0 },
      { type: 'TaskScheduled', name: 'Do', resource: '${A}', attempt: 1, input: { a: 1 }, atMs: 0 },
      { type: 'TaskSucceeded', name: 'Do', output: { b: 2 }, atMs: 0 },
      { type: 'StateExited', name: 'Do', output: { b: 2 }, atMs: 0 },
      { type: 'StateEntered', name: 'Done', state: 'Succeed', input: { b: 2 }, atMs: 0 },
      { type: 'StateExited', name: 'Done', output: { b: 2 }, atMs: 0 },
      { type: 'ExecutionSucceeded', output: { b: 2 }, atMs: 0 },
    ]);
  });

  it("rejects for its caller's own fault", async () => {
    const retried = task('A', { Retry: [{ ErrorEquals: ['E'] }], End: true });
    const { ended } = startExecution(
      readDefinition('sample', machine({ Do: retried })),
      { name: 'e', input: {} },
      {
        invoke: () => Promise.reject(new StatesError('E', 'no')),
        nowMs: () => 0,
        sleep: () => Promise.reject(new Error('no clock')),
        deadline: () => ({ expired: new Promise<void>(() => undefined), cancel: () => undefined }),
      },
    );
    await expect(ended).rejects.toThrow('no clock');
  });
});
