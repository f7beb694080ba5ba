import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../lib/asl/definition';
import type { Execution as Walk } from '../../lib/asl/execution';
import { startExecution } from '../../lib/asl/execution';
import { StatesError } from '../../lib/asl/failure';
import type { Ended } from '../../lib/asl/history';
import type { Deadline, TaskCall } from '../../lib/asl/ports';
import { readDefinition } from '../../lib/asl/read-definition';
import type { MachineName } from '../../lib/contract/workflows';
import { MACHINES, NESTED_MACHINES } from '../../lib/contract/workflows';
import { Unreachable } from '../../lib/domain/errors';
import type { Execution, Workflows } from '../../lib/ports/workflows';
import type { EventLog } from './event-log';
import { Place } from './places';
import type { Process } from './process';
import type { Timeline } from './timeline';

/** Step Functions: the shipped ASL files, walked by lib/asl in virtual time. It lives in the Region and never stops. */
export interface WorkflowService {
  start(machine: string, name: string, input: unknown): void;
  stop(name: string, cause: string): void;
  describe(name: string): Execution;
  /** Those that run now, oldest first. */
  running(): readonly string[];
  /** The service as a process sees it. */
  openFrom(process: Process): Workflows;
}

export interface WorkflowOptions {
  readonly timeline: Timeline;
  readonly log: EventLog;
  /** Runs the Lambda behind a task. */
  readonly runTask: (lambda: string, input: unknown) => Promise<unknown>;
  readonly onStarted: (name: string) => void;
  readonly onEnded: (name: string, ended: Ended) => void;
}

interface Started {
  readonly machine: MachineName;
  readonly walk: Walk;
  ended: Ended | null;
}

const CALL_TIMEOUT_MS = 3_000;
const NESTED = 'arn:aws:states:::states:startExecution.sync:2';
const UNKNOWN: Execution = { status: 'unknown', failure: null };

const definitions = new Map<string, Machine>();
const definitionOf = (machine: MachineName): Machine => {
  const known = definitions.get(machine);
  if (known !== undefined) return known;
  const text = readFileSync(join(__dirname, `../../statemachines/${machine}.asl.json`), 'utf8');
  const read = readDefinition(machine, JSON.parse(text));
  definitions.set(machine, read);
  return read;
};

const machineOf = (name: string): MachineName => {
  if (name in MACHINES) return name as MachineName;
  throw new Error(`there is no state machine ${name}`);
};

const placeholderOf = (text: string): string => text.slice(2, -1);

export const createWorkflowService = (options: WorkflowOptions): WorkflowService => {
  const { timeline, log, runTask, onStarted, onEnded } = options;
  const executions = new Map<string, Started>();
  let children = 0;

  const deadline = (ms: number): Deadline => {
    let planned = { cancel: (): void => undefined };
    const expired = new Promise<void>((resolve) => {
      planned = timeline.after(ms, () => {
        resolve();
        timeline.touched();
      });
    });
    return { expired, cancel: () => planned.cancel() };
  };
  const sleep = (ms: number): Promise<void> => deadline(ms).expired;

  const invoke = (machine: MachineName, call: TaskCall): Promise<unknown> => {
    if (call.resource === NESTED) return runNested(machine, call);
    const lambda = (MACHINES[machine] as Readonly<Record<string, string>>)[placeholderOf(call.resource)];
    if (lambda === undefined) throw new Error(`no Lambda behind ${call.resource}`);
    return runTask(lambda, call.input);
  };
  const runNested = async (machine: MachineName, { input }: TaskCall): Promise<unknown> => {
    const { StateMachineArn, Input } = input as { readonly StateMachineArn: string; readonly Input: unknown };
    const child = NESTED_MACHINES[machine]?.[placeholderOf(StateMachineArn)];
    if (child === undefined) throw new Error(`no machine behind ${StateMachineArn}`);
    children += 1;
    const started = begin(child, `nested-${children}`, Input);
    const ended = await started.walk.ended;
    if (ended.status === 'SUCCEEDED') return { Output: ended.output };
    throw new StatesError('States.TaskFailed', ended.cause);
  };
  const begin = (machine: MachineName, name: string, input: unknown): Started => {
    log.note('workflows', `${name} starts, ${machine} ${JSON.stringify(input)}`);
    const ports = {
      invoke: (call: TaskCall) => invoke(machine, call),
      nowMs: timeline.nowMs,
      sleep,
      deadline,
    };
    const walk = startExecution(definitionOf(machine), { name, input }, ports);
    const started: Started = { machine, walk, ended: null };
    executions.set(name, started);
    timeline.touched();
    onStarted(name);
    void walk.ended.then((ended) => {
      started.ended = ended;
      log.note(
        'workflows',
        `${name} ${ended.status}${'error' in ended ? ` ${ended.error}: ${ended.cause}` : ''}`,
      );
      onEnded(name, ended);
    });
    return started;
  };
  const start = (machine: string, name: string, input: unknown): void => {
    if (!executions.has(name)) begin(machineOf(machine), name, input);
  };
  const describe = (name: string): Execution => {
    const found = executions.get(name);
    if (found === undefined) return UNKNOWN;
    if (found.ended === null) return { status: 'running', failure: null };
    if (found.ended.status === 'SUCCEEDED') return { status: 'succeeded', failure: null };
    const { error, cause } = found.ended;
    return { status: 'failed', failure: { error, cause } };
  };
  const stop = (name: string, cause: string): void => {
    const found = executions.get(name);
    if (found === undefined || found.ended !== null) return;
    log.note('workflows', `${name} is stopped: ${cause}`);
    found.walk.stop('TakenOver', cause);
    timeline.touched();
  };
  const openFrom = (process: Process): Workflows => {
    const ask = <T>(what: string, isLook: boolean, act: () => T): Promise<T> => {
      const silent = (): Unreachable => new Unreachable(`Step Functions did not ${what} in time`);
      return process.call<T>({
        to: Place.region,
        what,
        isLook,
        timeoutMs: CALL_TIMEOUT_MS,
        onTimeout: silent,
        onRefused: silent,
        serve: (reply) => reply({ value: act() }),
      });
    };
    return {
      start: (machine, name, input) => ask(`start ${name}`, false, () => start(machine, name, input)),
      describe: (_machine, name) => ask(`describe ${name}`, true, () => describe(name)),
      stop: (_machine, name, reason) => ask(`stop ${name}`, false, () => stop(name, reason)),
    };
  };
  return {
    start,
    stop,
    describe,
    running: () => [...executions].filter(([, { ended }]) => ended === null).map(([name]) => name),
    openFrom,
  };
};
