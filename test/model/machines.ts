import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineName } from '../../lib/contract/workflows';
import { MACHINES } from '../../lib/contract/workflows';
import type { Result } from './local-run';

/** The state machines as they are deployed: which Lambda comes next, with which input, after which end. */

type Values = Readonly<Record<string, unknown>>;

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Values;
  readonly ResultPath?: string;
  readonly Retry?: readonly unknown[];
  readonly Catch?: readonly { readonly ResultPath: string; readonly Next: string }[];
  readonly Branches?: readonly Definition[];
  readonly Choices?: readonly {
    readonly Variable: string;
    readonly StringEquals?: string;
    readonly IsPresent?: true;
    readonly Next: string;
  }[];
  readonly Default?: string;
  readonly Next?: string;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** An execution at one of its tasks. */
export interface Place {
  readonly id: number;
  readonly machine: MachineName;
  readonly state: string;
  /** Of a Parallel state: its branches are walked one after the other. -1 for a plain task. */
  readonly branch: number;
  readonly data: Values;
  readonly lambda: string;
  readonly input: unknown;
  readonly retries: boolean;
}

export type Step = { readonly place: number } | { readonly ended: 'succeeded' | 'failed' };

const at = (path: string, data: Values, context: Values): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Values)[key], path.startsWith('$$') ? context : data);

const filled = (parameters: Values | undefined, data: Values, context: Values): Values =>
  parameters === undefined
    ? data
    : Object.fromEntries(
        Object.entries(parameters).map(([key, value]) =>
          key.endsWith('.$') ? [key.slice(0, -2), at(String(value), data, context)] : [key, value],
        ),
      );

/** Sentences are for people, and `$.results` for the console: no task depends on them. */
const plain = (path: string, value: unknown): unknown => {
  if (path !== '$.undone' && path !== '$.outcome') return value;
  return { ...(value as Values), reason: '' };
};

const put = (data: Values, path: string | undefined, value: unknown): Values => {
  if (path === undefined) return value as Values;
  if (path.startsWith('$.results')) return data;
  return { ...data, [path.slice(2)]: plain(path, value) };
};

/** Settling asks of a failure only whether it was a verification that failed. */
const asFailure = (error: Error): Values => ({
  Error: error.name === 'VerificationFailed' ? error.name : 'Failed',
  Cause: JSON.stringify({ errorMessage: '' }),
});

const read = (machine: string): Definition =>
  JSON.parse(readFileSync(join(__dirname, `../../statemachines/${machine}.asl.json`), 'utf8')) as Definition;

const withoutResults = (data: Values): Values =>
  Object.fromEntries(Object.entries(data).filter(([key]) => key !== 'results'));

export interface Machines {
  begin(machine: MachineName, execution: string, input: unknown): Step;
  end(place: number, result: Result): Step;
  at(id: number): Place;
}

const chosen = (state: State, data: Values): string | undefined =>
  state.Choices?.find(({ Variable, StringEquals }) => {
    const found = at(Variable, data, {});
    return StringEquals === undefined ? found !== undefined : found === StringEquals;
  })?.Next ?? state.Default;

const lambdaOf = (machine: MachineName, task: State): string => {
  const placeholder = (task.Resource ?? '').slice(2, -1);
  const lambda = (MACHINES[machine] as Readonly<Record<string, string>>)[placeholder];
  if (lambda === undefined) throw new Error(`${machine} has no Lambda behind ${task.Resource ?? 'nothing'}`);
  return lambda;
};

export const createMachines = (change: (machine: string, definition: Definition) => Definition): Machines => {
  const definitions = new Map<string, Definition>();
  const places: Place[] = [];
  const ids = new Map<string, number>();

  const definitionOf = (machine: MachineName): Definition => {
    const known = definitions.get(machine) ?? change(machine, read(machine));
    definitions.set(machine, known);
    return known;
  };

  const stateOf = (machine: MachineName, name: string): State => {
    const state = definitionOf(machine).States[name];
    if (state === undefined) throw new Error(`${machine} has no state ${name}`);
    return state;
  };

  /** The branch's one task; undefined where its Choice leads past it. */
  const taskOf = (state: State, branch: number, data: Values): State | undefined => {
    if (branch === -1) return state;
    const { States: states = {}, StartAt = '' } = state.Branches?.[branch] ?? {};
    const first = states[StartAt];
    const task = first?.Type === 'Choice' ? states[chosen(first, data) ?? ''] : first;
    return task?.Type === 'Task' ? task : undefined;
  };

  const placeAt = (machine: MachineName, name: string, branch: number, data: Values): Step => {
    const key = JSON.stringify([machine, name, branch, data]);
    const known = ids.get(key);
    if (known !== undefined) return { place: known };
    const task = taskOf(stateOf(machine, name), branch, data);
    if (task === undefined) throw new Error(`${name} has no branch ${branch}`);
    const input = JSON.parse(JSON.stringify(filled(task.Parameters, data, {}))) as unknown;
    const lambda = lambdaOf(machine, task);
    const place = { id: places.length, machine, state: name, branch, data, lambda, input };
    ids.set(key, place.id);
    places.push({ ...place, retries: task.Retry !== undefined });
    return { place: place.id };
  };

  const enter = (machine: MachineName, name: string | undefined, data: Values): Step => {
    const state = stateOf(machine, name ?? '');
    if (state.Type === 'Succeed') return { ended: 'succeeded' };
    if (state.Type === 'Fail') return { ended: 'failed' };
    if (state.Type === 'Choice') return enter(machine, chosen(state, data), data);
    return state.Type === 'Parallel'
      ? enterBranch(machine, name ?? '', 0, data)
      : placeAt(machine, name ?? '', -1, data);
  };

  /** The first branch from this one on that has something to do; undefined when none has. */
  const branchFrom = (state: State, first: number, data: Values): number | undefined =>
    (state.Branches ?? [])
      .map((_branch, index) => index)
      .find((index) => index >= first && taskOf(state, index, data) !== undefined);

  const enterBranch = (machine: MachineName, name: string, first: number, data: Values): Step => {
    const state = stateOf(machine, name);
    const branch = branchFrom(state, first, data);
    return branch === undefined
      ? enter(machine, state.Next, put(data, state.ResultPath, null))
      : placeAt(machine, name, branch, data);
  };

  const placeOf = (id: number): Place => {
    const place = places[id];
    if (place === undefined) throw new Error(`there is no place ${id}`);
    return place;
  };

  return {
    at: placeOf,
    begin: (machine, execution, input) => {
      const { StartAt } = definitionOf(machine);
      const begin = stateOf(machine, StartAt);
      const context = { Execution: { Name: execution } };
      const data = withoutResults(filled(begin.Parameters, input as Values, context));
      return enter(machine, begin.Next, data);
    },
    end: (id, result) => {
      const { machine, state: name, branch, data } = placeOf(id);
      const state = stateOf(machine, name);
      if (result.ok) {
        if (branch !== -1) return enterBranch(machine, name, branch + 1, data);
        return enter(machine, state.Next, put(data, state.ResultPath, result.value));
      }
      const [handler] = state.Catch ?? [];
      if (handler === undefined) return { ended: 'failed' };
      return enter(machine, handler.Next, put(data, handler.ResultPath, asFailure(result.error)));
    },
  };
};
