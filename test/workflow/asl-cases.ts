import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Branch } from '../../lib/asl/definition';
import { readDefinition } from '../../lib/asl/read-definition';
import type { MachineName } from '../../lib/contract/workflows';
import { NESTED_MACHINES } from '../../lib/contract/workflows';
import type { Line, Script, Scripted } from '../asl/scripted';
import { thrown } from '../asl/scripted';

/** A run that the interpreter and the emulator must agree on. */
export interface Case extends Scripted {
  readonly name: string;
  readonly machine?: MachineName;
  /** Which branch a state is of; the main line is ''. */
  readonly branchOf: (state: string) => string;
  /** At least so many states are entered and left. */
  readonly passages: number;
  readonly status: string;
}

const branchesOf = (branch: Branch, label: string): readonly (readonly [string, string])[] =>
  Object.entries(branch.States).flatMap(([name, state]) => [
    [name, label] as const,
    ...(state.Type === 'Parallel'
      ? state.Branches.flatMap((inner, index) => branchesOf(inner, `${label}/${name}[${index}]`))
      : []),
  ]);

const branchIn = (definition: unknown): Case['branchOf'] => {
  const branches = new Map(branchesOf(readDefinition('case', definition), ''));
  return (state) => branches.get(state) ?? 'unknown';
};

const textOf = (machine: MachineName): string =>
  readFileSync(join(__dirname, `../../statemachines/${machine}.asl.json`), 'utf8');

/** With time-outs of one second, so that a test can wait for them. */
const definitionOf = (machine: MachineName, isShort: boolean): unknown => {
  const definition = JSON.parse(textOf(machine)) as { States: Record<string, object> };
  if (!isShort) return definition;
  const text = JSON.stringify(definition.States).replace(/"TimeoutSeconds":\d+/g, '"TimeoutSeconds":1');
  return { ...definition, States: JSON.parse(text) as Record<string, object> };
};

export const nestedIn = ({ machine }: Case): NonNullable<Scripted['nested']> =>
  Object.fromEntries(
    Object.entries(machine === undefined ? {} : (NESTED_MACHINES[machine] ?? {})).map(([name, child]) => [
      name,
      definitionOf(child, false),
    ]),
  );

interface Ours {
  readonly script: Script;
  readonly input?: unknown;
  readonly status: string;
  readonly isShort?: boolean;
}

const ours = (machine: MachineName, what: string, { script, input, status, isShort = false }: Ours): Case => {
  const definition = definitionOf(machine, isShort);
  const one = {
    name: `${machine}: ${what}`,
    machine,
    definition,
    branchOf: branchIn(definition),
    script,
    input: input ?? { epoch: 12 },
    status,
    passages: 8,
  };
  return { ...one, nested: nestedIn(one) };
};

const DONE = [{ returns: { result: 'completed', reason: 'all steps done', epoch: 12 } }];
const GIVEN_BACK = [{ returns: { result: 'released', reason: 'given back', epoch: 12 } }];
const operation = (mode: string, beside: 'yes' | 'no' = 'no'): readonly Line[] => [
  {
    returns: {
      epoch: 12,
      mode,
      concerns: { postgres: 'yes', redis: beside, kafka: beside, objects: beside },
      from: 'az-a',
      to: 'az-b',
    },
  },
];
const atOnce = { ShiftTraffic: [{ returns: { share: 100, guard: 'no' } }], RecordOutcome: DONE };
const planned = { ClaimFailover: operation('planned'), ...atOnce };
const emergency = { ClaimFailover: operation('emergency'), ...atOnce };
const guarded = (next: string, more: object = {}): Line => ({ returns: { next, share: 5, ...more } });
const inSteps = { ...planned, ShiftTraffic: [{ returns: { share: 5, guard: 'yes' } }] };
const undone = { RollBack: [{ returns: { result: 'rolled-back' } }], RecordOutcome: GIVEN_BACK };
const THROTTLED = thrown('Lambda.TooManyRequestsException', 'Rate exceeded');

const OURS: readonly Case[] = [
  ours('failover', 'planned', { script: planned, status: 'SUCCEEDED' }),
  ours('failover', 'planned, the traffic in steps, with a wait between two looks', {
    script: {
      ...inSteps,
      GuardTraffic: [guarded('wait', { waitSeconds: 1 }), guarded('shift'), guarded('done')],
    },
    status: 'SUCCEEDED',
  }),
  ours('failover', 'the old zone is gone while the traffic goes over in steps', {
    script: {
      ...inSteps,
      ShiftTraffic: [...inSteps.ShiftTraffic, ...atOnce.ShiftTraffic],
      GuardTraffic: [guarded('forward')],
    },
    status: 'SUCCEEDED',
  }),
  ours('failover', 'the guard of the traffic says no', {
    script: { ...inSteps, ...undone, GuardTraffic: [thrown('GuardBreached', '12 of 20 requests failed')] },
    status: 'FAILED',
  }),
  ours('failover', 'emergency, which waits for nobody', { script: emergency, status: 'SUCCEEDED' }),
  ours('failover', 'of all stores side by side', {
    script: { ...planned, ClaimFailover: operation('planned', 'yes') },
    status: 'SUCCEEDED',
  }),
  ours('failover', 'one store fails beside the other', {
    script: {
      ClaimFailover: operation('planned', 'yes'),
      ...undone,
      SwitchPostgres: [{ afterMs: 400 }],
      SwitchRedis: [{ afterMs: 50, ...thrown('Unreachable', 'az-b does not answer') }],
    },
    status: 'FAILED',
  }),
  ours('failover', 'refused at its start', {
    script: { ClaimFailover: [thrown('Refused', 'cooldown')], RecordOutcome: GIVEN_BACK },
    status: 'FAILED',
  }),
  ours('failover', 'a step is throttled twice and then served', {
    script: { ...planned, FenceWriters: [THROTTLED, THROTTLED, { returns: { holds: true } }] },
    status: 'SUCCEEDED',
  }),
  ours('failover', 'the switch fails, without another attempt', {
    script: { ...planned, ...undone, SwitchPostgres: [THROTTLED, { returns: 'too late' }] },
    status: 'FAILED',
  }),
  ours('failover', 'one verification fails beside the other', {
    script: {
      ...emergency,
      ...undone,
      VerifyHealth: [{ afterMs: 400 }],
      VerifyData: [{ afterMs: 50, ...thrown('VerificationFailed', 'the fence row names nobody') }],
    },
    status: 'FAILED',
  }),
  ours('failover', 'a step times out, and so does undoing it', {
    script: {
      ...planned,
      WaitForSync: [{ afterMs: 1_600 }],
      RollBack: [{ afterMs: 1_600 }],
      RecordOutcome: [{ returns: { result: 'failed', reason: 'could not be settled yet' } }],
    },
    status: 'FAILED',
    isShort: true,
  }),
  ours('failover', 'its outcome cannot be recorded', {
    script: { ...emergency, RecordOutcome: [thrown('Unreachable', 'the store')] },
    status: 'FAILED',
  }),
  ours('degrade', 'done', { script: { RecordOutcome: DONE }, status: 'SUCCEEDED' }),
  ours('degrade', 'settled after a failure', {
    script: { DegradeStandby: [thrown('StaleEpoch')], RecordOutcome: DONE },
    status: 'SUCCEEDED',
  }),
  ours('rejoin', 'done', { script: { RecordOutcome: DONE }, status: 'SUCCEEDED' }),
  ours('rejoin', 'the gate does not hold', {
    script: { ...undone, RestoreSync: [thrown('DeadlineExceeded')] },
    status: 'FAILED',
  }),
  ours('rejoin', 'of a copy that is made anew', {
    script: { ClaimRebuild: operation('planned'), RecordOutcome: DONE },
    input: { rebuild: 'redis', to: 'az-b', keep: true, reason: 'why' },
    status: 'SUCCEEDED',
  }),
  ours('rejoin', 'of a copy, and the claim is refused', {
    script: { ClaimRebuild: [thrown('Refused', 'busy')], RecordOutcome: GIVEN_BACK },
    input: { rebuild: 'redis', to: 'az-b', keep: true, reason: 'why' },
    status: 'FAILED',
  }),
  ours('verify', 'in two slices', {
    script: {
      VerifyCopies: [{ returns: { done: 'no' } }, { returns: { done: 'yes' } }],
      RecordOutcome: DONE,
    },
    input: {},
    status: 'SUCCEEDED',
  }),
  ours('verify', 'a slice fails', {
    script: { VerifyCopies: [thrown('InvalidRequest', 'no such store')], RecordOutcome: GIVEN_BACK },
    input: {},
    status: 'FAILED',
  }),
  ours('sync', 'done in two looks, with a wait between them', {
    script: {
      ChangeSync: [{ returns: { done: 'no', waitSeconds: 1 } }, { returns: { done: 'yes' } }],
      RecordOutcome: DONE,
    },
    input: { do: 'pause', stores: ['redis'], reason: 'why' },
    status: 'SUCCEEDED',
  }),
  ours('sync', 'what was asked is not possible', {
    script: { ChangeSync: [thrown('Refused', 'no-standby')], RecordOutcome: GIVEN_BACK },
    input: { do: 'pause', stores: ['kafka'], reason: 'why' },
    status: 'FAILED',
  }),
  ours('rollback', 'home, by a nested failover', {
    script: { ...planned, PlanRollback: [{ returns: { to: 'az-a', mode: 'planned' } }] },
    input: { reason: 'az-a is back' },
    status: 'SUCCEEDED',
  }),
  // A nested execution that fails is not here: on AWS it is States.TaskFailed, on the emulator the child's own error.
  ours('rollback', 'refused', {
    script: { PlanRollback: [thrown('Refused', 'same-zone')], RecordOutcome: GIVEN_BACK },
    input: { reason: 'az-a is back' },
    status: 'FAILED',
  }),
];

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

const hard = (name: string, scripted: Scripted, status = 'SUCCEEDED', passages = 2): Case => ({
  ...scripted,
  name,
  branchOf: branchIn(scripted.definition),
  status,
  passages,
});
const retrier = (ErrorEquals: readonly string[], MaxAttempts: number) => ({
  ErrorEquals,
  MaxAttempts,
  IntervalSeconds: 1,
  BackoffRate: 1,
});
const undo = { Undo: { Type: 'Pass', End: true } };

const HARD: readonly Case[] = [
  hard('templates at any depth', {
    definition: machine({
      One: {
        Type: 'Pass',
        Parameters: { 'all.$': '$', list: [1, null, { 'x.$': '$.a.b' }], deep: { 'y.$': '$.a' } },
        ResultPath: '$.a.made.here',
        End: true,
      },
    }),
    input: { a: { b: [1, 'two'] }, kept: null },
  }),
  hard('retriers count for themselves', {
    definition: machine({ Do: task('A', { Retry: [retrier(['E'], 1), retrier(['F', 'G'], 2)], End: true }) }),
    script: { A: [thrown('E'), thrown('F'), thrown('G'), { returns: 'at last' }] },
  }),
  hard(
    'the first retrier that matches decides, even when it is used up',
    {
      definition: machine({
        Do: task('A', { Retry: [retrier(['E'], 0), retrier(['States.ALL'], 2)], End: true }),
      }),
      script: { A: [thrown('E')] },
    },
    'FAILED',
    1,
  ),
  hard('the first Catch that matches has it, with its path', {
    definition: machine({
      Do: task('A', {
        Catch: [
          { ErrorEquals: ['F'], Next: 'No' },
          { ErrorEquals: ['G', 'E'], ResultPath: '$.why.exactly', Next: 'Undo' },
          { ErrorEquals: ['States.ALL'], Next: 'No' },
        ],
        End: true,
      }),
      No: { Type: 'Fail' },
      ...undo,
    }),
    script: { A: [thrown('E', 'because')] },
    input: { kept: 1 },
  }),
  hard('States.TaskFailed is not for a time-out', {
    definition: machine({
      Slow: task('A', {
        TimeoutSeconds: 1,
        Catch: [
          { ErrorEquals: ['States.TaskFailed'], Next: 'No' },
          { ErrorEquals: ['States.Timeout'], Next: 'Undo' },
        ],
        End: true,
      }),
      No: { Type: 'Fail' },
      ...undo,
    }),
    script: { A: [{ afterMs: 1_500 }] },
  }),
  hard('States.TaskFailed is for an error', {
    definition: machine({
      Do: task('A', { Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Undo' }], End: true }),
      ...undo,
    }),
    script: { A: [thrown('Anything')] },
  }),
  hard('a time-out that Retry is for', {
    definition: machine({
      Slow: task('A', { TimeoutSeconds: 1, Retry: [retrier(['States.Timeout'], 1)], End: true }),
    }),
    script: { A: [{ afterMs: 1_500 }, { returns: 'in time' }] },
  }),
  hard('a Parallel is tried again as a whole', {
    definition: machine({
      All: {
        Type: 'Parallel',
        Branches: [
          machine({ A: task('A', { Next: 'A2' }), A2: { Type: 'Pass', End: true } }),
          machine({ B: task('B') }),
        ],
        Retry: [retrier(['E'], 1)],
        ResultPath: '$.both',
        End: true,
      },
    }),
    script: { A: [{ returns: 'a' }], B: [{ afterMs: 200, ...thrown('E') }, { returns: 'b' }] },
    input: { kept: true },
  }),
  hard('a Parallel in a Parallel fails with the innermost error', {
    definition: machine({
      Outer: {
        Type: 'Parallel',
        Branches: [
          machine({
            Inner: {
              Type: 'Parallel',
              Branches: [
                machine({ Fails: task('A') }),
                machine({ Slow: task('B', { Next: 'Never' }), Never: task('C') }),
              ],
              End: true,
            },
          }),
          machine({ Beside: task('D', { Next: 'NeverBeside' }), NeverBeside: task('C') }),
        ],
        Catch: [{ ErrorEquals: ['E'], ResultPath: '$.failure', Next: 'Undo' }],
        End: true,
      },
      Undo: task('B'),
    }),
    script: { A: [{ afterMs: 100, ...thrown('E') }], B: [{ afterMs: 600 }], D: [{ afterMs: 500 }] },
  }),
  hard(
    'a Fail in a branch',
    {
      definition: machine({
        All: {
          Type: 'Parallel',
          Branches: [machine({ No: { Type: 'Fail', Error: 'E', Cause: 'c' } })],
          End: true,
        },
      }),
    },
    'FAILED',
  ),
  hard('a Wait of as many seconds as it is told', {
    definition: machine({ Wait: { Type: 'Wait', SecondsPath: '$.a.seconds', Next: 'Undo' }, ...undo }),
    input: { a: { seconds: 1 } },
  }),
  hard('a Choice by what is there', {
    definition: machine({
      Which: {
        Type: 'Choice',
        Choices: [{ Variable: '$.request.epoch', IsPresent: true, Next: 'Undo' }],
        Default: 'No',
      },
      No: { Type: 'Fail', Error: 'E', Cause: 'c' },
      ...undo,
    }),
    input: { request: { epoch: 7 } },
  }),
  hard(
    'a Choice by what is not there',
    {
      definition: machine({
        Which: {
          Type: 'Choice',
          Choices: [{ Variable: '$.request.epoch', IsPresent: true, Next: 'Undo' }],
          Default: 'No',
        },
        No: { Type: 'Fail', Error: 'E', Cause: 'c' },
        ...undo,
      }),
      input: { request: { to: 'az-b' } },
    },
    'FAILED',
    2,
  ),
  hard(
    'a Choice that nothing matches',
    {
      definition: machine({
        Which: { Type: 'Choice', Choices: [{ Variable: '$.mode', StringEquals: 'a', Next: 'Undo' }] },
        ...undo,
      }),
      input: { mode: 7 },
    },
    'FAILED',
    1,
  ),
  hard(
    'an execution that takes too long',
    {
      definition: machine(
        {
          Slow: task('A', {
            Retry: [retrier(['States.ALL'], 3)],
            Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }],
            End: true,
          }),
          ...undo,
        },
        { TimeoutSeconds: 1 },
      ),
      script: { A: [{ afterMs: 1_600 }] },
    },
    'TIMED_OUT',
    1,
  ),
];

export const CASES: readonly Case[] = [...OURS, ...HARD];
