import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { admitWrites } from '../../lambdas/admit-writes/admit-writes';
import { changeSync } from '../../lambdas/change-sync/change-sync';
import { checkResources } from '../../lambdas/check-resources/check-resources';
import { claimRebuild } from '../../lambdas/claim-rebuild/claim-rebuild';
import { claimFailover } from '../../lambdas/claim-failover/claim-failover';
import { commitFailover } from '../../lambdas/commit-failover/commit-failover';
import { degradeStandby } from '../../lambdas/degrade-standby/degrade-standby';
import { fenceWriters } from '../../lambdas/fence-writers/fence-writers';
import type { GuardInput } from '../../lambdas/guard-traffic/guard-traffic';
import { guardTraffic } from '../../lambdas/guard-traffic/guard-traffic';
import { planRollback } from '../../lambdas/plan-rollback/plan-rollback';
import { recordOutcome } from '../../lambdas/record-outcome/record-outcome';
import { rejoinStandby } from '../../lambdas/rejoin-standby/rejoin-standby';
import { restoreSync } from '../../lambdas/restore-sync/restore-sync';
import { rollBack } from '../../lambdas/roll-back/roll-back';
import type { ShiftInput } from '../../lambdas/shift-traffic/shift-traffic';
import { shiftTraffic } from '../../lambdas/shift-traffic/shift-traffic';
import type { Ports } from '../../lambdas/shared/ports';
import type { StepDefinition, StepInput } from '../../lambdas/shared/step';
import { runStep } from '../../lambdas/shared/step';
import { switchPostgres } from '../../lambdas/switch-postgres/switch-postgres';
import { switchKafka } from '../../lambdas/switch-kafka/switch-kafka';
import { switchObjects } from '../../lambdas/switch-objects/switch-objects';
import { switchRedis } from '../../lambdas/switch-redis/switch-redis';
import { verifyCopies } from '../../lambdas/verify-copies/verify-copies';
import { verifyData } from '../../lambdas/verify-data/verify-data';
import { verifyHealth } from '../../lambdas/verify-health/verify-health';
import { verifyService } from '../../lambdas/verify-service/verify-service';
import { waitForSync } from '../../lambdas/wait-for-sync/wait-for-sync';
import type { Machine } from '../../lib/asl/definition';
import type { Execution } from '../../lib/asl/execution';
import { startExecution } from '../../lib/asl/execution';
import { StatesError } from '../../lib/asl/failure';
import type { Ended, HistoryEvent } from '../../lib/asl/history';
import type { ExecutionPorts, TaskCall } from '../../lib/asl/ports';
import { readDefinition } from '../../lib/asl/read-definition';
import type { RecordedOutcome } from '../../lib/contract/payload';
import type { MachineName } from '../../lib/contract/workflows';
import { MACHINES, NESTED_MACHINES } from '../../lib/contract/workflows';
import type { Clock } from '../../lib/ports/clock';

/** The state machines' own files, run by the interpreter over the shipped Lambdas' logic. */

export type Logic = (input: never, ports: Ports) => Promise<unknown>;

const step =
  (definition: StepDefinition) =>
  (input: StepInput, ports: Ports): Promise<unknown> =>
    runStep(definition, input, ports);

/** What each handler hands to `lambdaHandler`; a handler test compares the two. */
export const LOGIC: Readonly<Record<string, Logic>> = {
  'change-sync': changeSync,
  'claim-failover': claimFailover,
  'check-resources': step(checkResources),
  'fence-writers': step(fenceWriters),
  'wait-for-sync': step(waitForSync),
  'switch-postgres': step(switchPostgres),
  'switch-redis': step(switchRedis),
  'switch-kafka': step(switchKafka),
  'switch-objects': step(switchObjects),
  'verify-health': step(verifyHealth),
  'verify-data': step(verifyData),
  'admit-writes': step(admitWrites),
  'shift-traffic': (input: ShiftInput, ports) => runStep(shiftTraffic(input), input, ports),
  'guard-traffic': (input: GuardInput, ports) => runStep(guardTraffic(input), input, ports),
  'verify-service': step(verifyService),
  'commit-failover': commitFailover,
  'roll-back': rollBack,
  'record-outcome': recordOutcome,
  'plan-rollback': planRollback,
  'degrade-standby': degradeStandby,
  'claim-rebuild': claimRebuild,
  'rejoin-standby': rejoinStandby,
  'restore-sync': restoreSync,
  'verify-copies': verifyCopies,
};

export const definitionOf = (machine: MachineName): Machine =>
  readDefinition(
    machine,
    JSON.parse(readFileSync(join(__dirname, `../../statemachines/${machine}.asl.json`), 'utf8')),
  );

/** One attempt of a task, before anything happened. */
export interface Attempt {
  readonly machine: MachineName;
  readonly call: TaskCall;
  /** The Lambda behind it; null: another machine. */
  readonly lambda: string | null;
  /** With other ports than the run's own, where some are given. */
  readonly invoke: (ports?: Ports) => Promise<unknown>;
}

export interface MachineRun {
  readonly machine: MachineName;
  readonly execution: string;
  /** What Retry waits on. */
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** The ports of the Lambda that carries a task: a test hands out faulty ones. */
  readonly portsFor: (lambda: string) => Ports;
  /** Called with each task's Lambda as it begins. */
  readonly onTask?: (lambda: string, input: unknown) => void;
  /** Stands between the machine and each attempt. */
  readonly around?: (attempt: Attempt) => Promise<unknown>;
  /** When a task is given up; absent: never, for these Lambdas end by their own deadlines. */
  readonly deadline?: ExecutionPorts['deadline'];
  readonly onEvent?: (machine: MachineName, event: HistoryEvent) => void;
  /** Of this execution and of those nested in it, before anything happens in it. */
  readonly onStart?: (machine: MachineName, name: string, execution: Execution) => void;
}

const NEVER = { expired: new Promise<never>(() => undefined), cancel: () => undefined };
const NESTED = 'arn:aws:states:::states:startExecution.sync:2';

const behind = (text: string): string => /^\$\{(\w+)\}$/.exec(text)?.[1] ?? text;

/** The integration answers with what DescribeExecution says, and fails with States.TaskFailed (AWS, sync:2). */
const runNested = async (run: MachineRun, call: TaskCall): Promise<unknown> => {
  const { StateMachineArn, Input } = call.input as Readonly<Record<string, unknown>>;
  const machine = NESTED_MACHINES[run.machine]?.[behind(String(StateMachineArn))];
  if (machine === undefined) throw new Error(`no machine behind ${String(StateMachineArn)}`);
  // AWS makes a name up when none is given.
  const name = `${run.execution}-${call.state}-${call.attempt}`;
  const ended = await start({ ...run, machine, execution: name }, Input).ended;
  const described = { Name: name, Status: ended.status };
  if (ended.status === 'SUCCEEDED') return { ...described, Output: ended.output };
  const { error, cause } = ended;
  throw new StatesError('States.TaskFailed', JSON.stringify({ ...described, Error: error, Cause: cause }));
};

const runLambda = async (
  run: MachineRun,
  lambda: string,
  { input }: TaskCall,
  ports?: Ports,
): Promise<unknown> => {
  const logic = LOGIC[lambda];
  if (logic === undefined) throw new Error(`there is no Lambda ${lambda}`);
  run.onTask?.(lambda, input);
  return logic(input as never, ports ?? run.portsFor(lambda));
};

const attemptOf = (run: MachineRun, call: TaskCall): Attempt => {
  const { machine } = run;
  if (call.resource === NESTED) return { machine, call, lambda: null, invoke: () => runNested(run, call) };
  const placeholder = behind(call.resource);
  const lambda = (MACHINES[machine] as Readonly<Record<string, string>>)[placeholder] ?? placeholder;
  return { machine, call, lambda, invoke: (ports) => runLambda(run, lambda, call, ports) };
};

const start = (run: MachineRun, input: unknown): Execution => {
  const around = run.around ?? (({ invoke }: Attempt) => invoke());
  const ports: ExecutionPorts = {
    invoke: (call) => around(attemptOf(run, call)),
    nowMs: () => run.clock.monotonicMs(),
    sleep: (ms) => run.clock.sleep(ms),
    deadline: run.deadline ?? (() => NEVER),
    onEvent: (event) => run.onEvent?.(run.machine, event),
  };
  const execution = startExecution(definitionOf(run.machine), { name: run.execution, input }, ports);
  run.onStart?.(run.machine, run.execution, execution);
  return execution;
};

export interface RunResult {
  /** The end that it came to; absent: it died without one. */
  readonly ended?: 'Succeed' | 'Fail';
  /** What its last state but one put on record. */
  readonly outcome?: RecordedOutcome;
  readonly execution: Ended;
  readonly history: readonly HistoryEvent[];
}

const lastStateOf = (history: readonly HistoryEvent[]): string | undefined =>
  history.flatMap((event) => (event.type === 'StateEntered' ? [event.state] : [])).at(-1);

const outcomeIn = (history: readonly HistoryEvent[]): RecordedOutcome | undefined =>
  history
    .flatMap((event) =>
      event.type === 'StateExited' && event.name === 'RecordOutcome'
        ? [(event.output as unknown as { readonly outcome: RecordedOutcome }).outcome]
        : [],
    )
    .at(-1);

/** Runs an execution to its end. */
export const runMachine = async (run: MachineRun, input: unknown): Promise<RunResult> => {
  const { ended, history } = start(run, input);
  const execution = await ended;
  const last = lastStateOf(history);
  const outcome = outcomeIn(history);
  return {
    execution,
    history,
    ...(last === 'Succeed' || last === 'Fail' ? { ended: last } : {}),
    ...(outcome === undefined ? {} : { outcome }),
  };
};
