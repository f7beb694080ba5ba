import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import aslValidator from 'asl-validator';
import type { MachineName } from '../../lib/contract/workflows';
import { MACHINES, NESTED_MACHINES } from '../../lib/contract/workflows';
import {
  placeholdersOf,
  readDefinition,
  requireSamePlaceholders,
  taskTimeoutsSeconds,
} from '../../lib/infra/constructs/definition';
import { projectFolder } from './synthesized';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Branches?: readonly Machine[];
}
interface Machine {
  readonly StartAt: string;
  readonly QueryLanguage?: string;
  readonly States: Readonly<Record<string, State>>;
}

const END_STATE = 'RecordOutcome';
const machines = Object.keys(MACHINES) as MachineName[];
const textOf = (machine: MachineName): string => readDefinition(projectFolder, machine);
const parse = (machine: MachineName): Machine => JSON.parse(textOf(machine)) as Machine;

const allStates = (machine: Machine): readonly (readonly [string, State])[] =>
  Object.entries(machine.States).flatMap((entry) => [
    entry,
    ...(entry[1].Branches ?? []).flatMap((branch) => allStates(branch)),
  ]);

const nextOf = (state: State): readonly string[] =>
  [state.Next, state.Default, ...(state.Choices ?? []).map((choice) => choice.Next)].filter(
    (name) => name !== undefined,
  );

/** Terminal states that a run can reach from `start` without going through RecordOutcome. */
const endsWithoutRecord = (machine: Machine, start: string, seen: Set<string> = new Set()): string[] => {
  if (start === END_STATE || seen.has(start)) return [];
  seen.add(start);
  const state = machine.States[start] as State;
  const next = [...nextOf(state), ...(state.Catch ?? []).map((handler) => handler.Next)];
  const ends = state.End === true || next.length === 0;
  return ends ? [start] : next.flatMap((name) => endsWithoutRecord(machine, name, seen));
};

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? '' : '-') + letter.toLowerCase());

test('every definition belongs to a machine of the contract, and every machine has one', () => {
  const files = readdirSync(join(projectFolder, 'statemachines')).sort();
  expect(files).toEqual(machines.map((machine) => `${machine}.asl.json`).sort());
});

describe.each(machines)('the state machine %s', (name) => {
  const machine = parse(name);

  test('is valid Amazon States Language', () => {
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:step';
    const substituted = textOf(name).replace(/\$\{\w+\}/g, arn);
    const { isValid, errorsText } = aslValidator(JSON.parse(substituted));
    expect({ isValid, errors: isValid ? '' : errorsText() }).toEqual({ isValid: true, errors: '' });
  });

  test('stays on JSONPath', () => {
    expect(machine.QueryLanguage ?? 'JSONPath').toBe('JSONPath');
  });

  test('times every task out', () => {
    const untimed = allStates(machine).filter(
      ([, state]) => state.Type === 'Task' && state.TimeoutSeconds === undefined,
    );
    expect(untimed).toEqual([]);
  });

  test('catches every failure of every step', () => {
    const open = Object.entries(machine.States).filter(
      ([state, { Type, Catch }]) =>
        ['Task', 'Parallel', 'Map'].includes(Type) &&
        state !== END_STATE &&
        !(Catch ?? []).some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL')),
    );
    expect(open.map(([state]) => state)).toEqual([]);
  });

  test('ends in RecordOutcome, whatever happens', () => {
    expect(endsWithoutRecord(machine, machine.StartAt)).toEqual([]);
  });

  test('calls every state, its placeholder and its Lambda folder by one name', () => {
    const steps: Readonly<Record<string, string>> = MACHINES[name];
    const nested = Object.keys(NESTED_MACHINES[name] ?? {});
    for (const [state, { Resource }] of allStates(machine)) {
      const [placeholder] = placeholdersOf(Resource ?? '');
      if (placeholder === undefined) continue;
      expect([placeholder, steps[placeholder]]).toEqual([state, kebab(state)]);
    }
    expect(placeholdersOf(textOf(name))).toEqual(new Set([...Object.keys(steps), ...nested]));
  });

  test('waits for a step no longer than for the whole operation', () => {
    const { TimeoutSeconds } = machine as Machine & { readonly TimeoutSeconds: number };
    for (const seconds of taskTimeoutsSeconds(textOf(name)).values())
      expect(seconds).toBeLessThan(TimeoutSeconds);
  });
});

describe('placeholders', () => {
  const text = '{"States":{"One":{"Resource":"${One}"},"Two":{"Resource":"${Two}"}}}';

  test('that match are taken', () => {
    expect(() => requireSamePlaceholders('sample', text, ['One', 'Two'])).not.toThrow();
  });

  test('that the contract does not name fail the synthesis', () => {
    expect(() => requireSamePlaceholders('sample', text, ['One'])).toThrow(
      'Placeholders of the state machine "sample" do not match; not in lib/contract/workflows.ts: Two.',
    );
  });

  test('that the definition does not use fail the synthesis', () => {
    expect(() => requireSamePlaceholders('sample', text, ['One', 'Two', 'Three'])).toThrow(
      'not in statemachines/sample.asl.json: Three',
    );
  });
});

test('the longest of several tasks with one Lambda counts, also inside a Parallel', () => {
  const text = JSON.stringify({
    States: {
      A: { Resource: '${Same}', TimeoutSeconds: 5 },
      B: { Branches: [{ States: { C: { Resource: '${Same}', TimeoutSeconds: 9 } } }] },
      D: { Resource: 'arn:aws:states:::sns:publish', TimeoutSeconds: 99 },
      E: { Resource: '${Same}', TimeoutSeconds: 7 },
    },
  });
  expect([...taskTimeoutsSeconds(text)]).toEqual([['Same', 9]]);
});
