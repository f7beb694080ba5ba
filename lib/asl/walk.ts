import type {
  Branch,
  ChoiceRule,
  ChoiceState,
  FailState,
  ParallelState,
  PassState,
  State,
  WaitState,
} from './definition';
import { StatesError, StatesName } from './failure';
import { guarded } from './guarded';
import type { Json } from './json';
import { filled, isThere, putAt, valueAt } from './paths';
import type { Scope } from './scope';
import { createScope, Halted } from './scope';
import { taskOf } from './task';
import type { Run, Step, Visit } from './visit';
import { nextOf } from './visit';

const pass = ({ run, data }: Visit, state: PassState): Step => {
  const { Parameters, ResultPath } = state;
  const result = Parameters === undefined ? data : filled(Parameters, data, run.name);
  return { data: putAt(data, ResultPath, result), next: nextOf(state) };
};

const holds = (data: Json, { Variable, StringEquals }: ChoiceRule): boolean =>
  StringEquals === undefined ? isThere(Variable, data) : valueAt(Variable, data) === StringEquals;

const choose = (data: Json, { Choices, Default }: ChoiceState): Step => {
  const rule = Choices.find((each) => holds(data, each));
  const next = rule?.Next ?? Default;
  if (next === undefined)
    throw new StatesError(StatesName.noChoiceMatched, 'no choice rule matched, and there is no Default');
  return { data, next };
};

const wait = async ({ run, scope, data }: Visit, state: WaitState): Promise<Step> => {
  const seconds = valueAt(state.SecondsPath, data);
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0)
    throw new StatesError(
      StatesName.runtime,
      `the value at ${state.SecondsPath} must be a whole number of seconds, and is ${JSON.stringify(seconds)}`,
    );
  await scope.race(run.ports.sleep(seconds * 1_000));
  return { data, next: nextOf(state) };
};

const textAt = (path: string, data: Json): string => {
  const value = valueAt(path, data);
  if (typeof value === 'string') return value;
  throw new StatesError(
    StatesName.runtime,
    `the value at ${path} must be a string, and is ${JSON.stringify(value)}`,
  );
};

const fail = (data: Json, { Error = '', Cause = '', ErrorPath, CausePath }: FailState): never => {
  const error = ErrorPath === undefined ? Error : textAt(ErrorPath, data);
  throw new StatesError(error, CausePath === undefined ? Cause : textAt(CausePath, data));
};

/** Its first failed branch ends it, and the others stop where they are. */
const parallelOf =
  ({ run, scope, data }: Visit, { Branches }: ParallelState) =>
  async (): Promise<Json> => {
    const inner = createScope(scope);
    try {
      return await Promise.all(Branches.map((branch) => walk(run, inner, branch, data)));
    } catch (cause) {
      inner.end(new Halted('another branch failed'));
      throw cause;
    }
  };

const perform = async (visit: Visit, state: State): Promise<Step> => {
  switch (state.Type) {
    case 'Pass':
      return pass(visit, state);
    case 'Task':
      return guarded(visit, state, () => taskOf(visit, state));
    case 'Parallel':
      return guarded(visit, state, () => parallelOf(visit, state));
    case 'Choice':
      return choose(visit.data, state);
    case 'Wait':
      return wait(visit, state);
    case 'Succeed':
      return { data: visit.data, next: null };
    case 'Fail':
      return fail(visit.data, state);
  }
};

/** From StartAt to an end; the last state's output. */
export const walk = async (
  run: Run,
  scope: Scope,
  { StartAt, States }: Branch,
  input: Json,
): Promise<Json> => {
  let step: Step = { data: input, next: StartAt };
  while (step.next !== null) {
    const name = step.next;
    const { data } = step;
    // readDefinition refuses a Next that leads nowhere.
    const state = States[name] as State;
    run.record({ type: 'StateEntered', name, state: state.Type, input: data });
    scope.requireOpen();
    step = await perform({ run, scope, name, data }, state);
    scope.requireOpen();
    run.record({ type: 'StateExited', name, output: step.data });
  }
  return step.data;
};
