import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { admitWrites } from '../../lambdas/admit-writes/admit-writes';
import { checkResources } from '../../lambdas/check-resources/check-resources';
import { claimFailover } from '../../lambdas/claim-failover/claim-failover';
import { commitFailover } from '../../lambdas/commit-failover/commit-failover';
import { degradeStandby } from '../../lambdas/degrade-standby/degrade-standby';
import { fenceWriters } from '../../lambdas/fence-writers/fence-writers';
import { planRollback } from '../../lambdas/plan-rollback/plan-rollback';
import { recordOutcome } from '../../lambdas/record-outcome/record-outcome';
import { rejoinStandby } from '../../lambdas/rejoin-standby/rejoin-standby';
import { restoreSync } from '../../lambdas/restore-sync/restore-sync';
import { rollBack } from '../../lambdas/roll-back/roll-back';
import { shiftTraffic } from '../../lambdas/shift-traffic/shift-traffic';
import type { Ports } from '../../lambdas/shared/ports';
import type { StepDefinition, StepInput } from '../../lambdas/shared/step';
import { runStep } from '../../lambdas/shared/step';
import { switchPostgres } from '../../lambdas/switch-postgres/switch-postgres';
import { verifyData } from '../../lambdas/verify-data/verify-data';
import { verifyHealth } from '../../lambdas/verify-health/verify-health';
import { verifyService } from '../../lambdas/verify-service/verify-service';
import { waitForSync } from '../../lambdas/wait-for-sync/wait-for-sync';
import type { MachineName } from '../../lib/contract/workflows';
import { MACHINES } from '../../lib/contract/workflows';

/** The state machines' own files, walked in this process: the parts of ASL that they use, and no retries. */

type Values = Readonly<Record<string, unknown>>;
export type Logic = (input: never, ports: Ports) => Promise<unknown>;

const step =
  (definition: StepDefinition) =>
  (input: StepInput, ports: Ports): Promise<unknown> =>
    runStep(definition, input, ports);

/** What each handler hands to `lambdaHandler`; a handler test compares the two. */
export const LOGIC: Readonly<Record<string, Logic>> = {
  'claim-failover': claimFailover,
  'check-resources': step(checkResources),
  'fence-writers': step(fenceWriters),
  'wait-for-sync': step(waitForSync),
  'switch-postgres': step(switchPostgres),
  'verify-health': step(verifyHealth),
  'verify-data': step(verifyData),
  'admit-writes': step(admitWrites),
  'shift-traffic': step(shiftTraffic),
  'verify-service': step(verifyService),
  'commit-failover': commitFailover,
  'roll-back': rollBack,
  'record-outcome': recordOutcome,
  'plan-rollback': planRollback,
  'degrade-standby': degradeStandby,
  'rejoin-standby': rejoinStandby,
  'restore-sync': restoreSync,
};

interface State {
  readonly Type: 'Pass' | 'Task' | 'Parallel' | 'Choice' | 'Succeed' | 'Fail';
  readonly Resource?: string;
  readonly Parameters?: Values;
  readonly ResultPath?: string;
  readonly Catch?: readonly { readonly ResultPath: string; readonly Next: string }[];
  readonly Branches?: readonly Definition[];
  readonly Choices?: readonly {
    readonly Variable: string;
    readonly StringEquals: string;
    readonly Next: string;
  }[];
  readonly Default?: string;
  readonly Next?: string;
  readonly End?: boolean;
}

interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const definitionOf = (machine: MachineName): Definition =>
  JSON.parse(readFileSync(join(__dirname, `../../statemachines/${machine}.asl.json`), 'utf8')) as Definition;

const at = (path: string, data: Values, context: Values): unknown => {
  const root = path.startsWith('$$') ? context : data;
  return path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Values)[key], root);
};

const filled = (parameters: Values | undefined, data: Values, context: Values): Values =>
  parameters === undefined
    ? data
    : Object.fromEntries(
        Object.entries(parameters).map(([key, value]) =>
          key.endsWith('.$') ? [key.slice(0, -2), at(String(value), data, context)] : [key, value],
        ),
      );

const put = (data: Values, path: string | undefined, value: unknown): Values => {
  const [key, ...rest] = (path ?? '$').split('.').slice(1);
  if (key === undefined) return value as Values;
  if (rest.length === 0) return { ...data, [key]: value };
  return { ...data, [key]: put((data[key] ?? {}) as Values, ['$', ...rest].join('.'), value) };
};

const asFailure = (cause: unknown): Values => {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return { Error: error.name, Cause: JSON.stringify({ errorType: error.name, errorMessage: error.message }) };
};

export interface MachineRun {
  readonly machine: MachineName;
  readonly execution: string;
  /** The ports of the Lambda that carries a task: a test hands out faulty ones. */
  readonly portsFor: (lambda: string) => Ports;
  /** Called with each task's Lambda as it begins. */
  readonly onTask?: (lambda: string, input: Values) => void;
}

const JSON_COPY = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;

const runTask = async (run: MachineRun, state: State, data: Values, context: Values): Promise<unknown> => {
  const placeholder = (state.Resource ?? '').slice(2, -1);
  const lambda = (MACHINES[run.machine] as Readonly<Record<string, string>>)[placeholder] ?? '?';
  const logic = LOGIC[lambda];
  if (logic === undefined) throw new Error(`no Lambda ${lambda} behind ${state.Resource ?? 'nothing'}`);
  const input = JSON_COPY(filled(state.Parameters, data, context)) as Values;
  run.onTask?.(lambda, input);
  return JSON_COPY(await logic(input as never, run.portsFor(lambda)));
};

const chosen = (state: State, data: Values): string | undefined =>
  state.Choices?.find((choice) => at(choice.Variable, data, {}) === choice.StringEquals)?.Next ??
  state.Default;

const perform = async (run: MachineRun, state: State, data: Values, context: Values): Promise<unknown> => {
  if (state.Type === 'Pass') return filled(state.Parameters, data, context);
  if (state.Type === 'Task') return runTask(run, state, data, context);
  return Promise.all((state.Branches ?? []).map((branch) => walk(run, branch, data, context)));
};

const walk = async (
  run: MachineRun,
  definition: Definition,
  input: Values,
  context: Values,
): Promise<Values> => {
  let data = input;
  let name: string | undefined = definition.StartAt;
  while (name !== undefined) {
    const state: State | undefined = definition.States[name];
    if (state === undefined) throw new Error(`no state ${name}`);
    if (state.Type === 'Succeed' || state.Type === 'Fail') return { ...data, ended: state.Type };
    if (state.Type === 'Choice') {
      name = chosen(state, data);
      continue;
    }
    try {
      data = put(data, state.ResultPath, await perform(run, state, data, context));
      name = state.Next;
    } catch (cause) {
      const [handler] = state.Catch ?? [];
      if (handler === undefined) throw cause;
      data = put(data, handler.ResultPath, asFailure(cause));
      name = handler.Next;
    }
  }
  return data;
};

export interface Ended {
  readonly ended?: 'Succeed' | 'Fail';
  readonly outcome?: { readonly result: string; readonly reason: string; readonly epoch: number | null };
}

/** Runs an execution to its end. Rejects when a task without a Catch failed: the execution died. */
export const runMachine = async (run: MachineRun, input: Values): Promise<Ended> =>
  (await walk(run, definitionOf(run.machine), input, { Execution: { Name: run.execution } })) as Ended;
