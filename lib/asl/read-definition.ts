import { EvacError } from '../domain/errors';
import type { Branch, Machine, State } from './definition';
import { StatesName } from './failure';
import type { JsonObject } from './json';
import { isObject } from './json';
import { isPath, isTemplate } from './paths';

/** Something in a definition that is not interpreted here, or that is no ASL at all; the message says where. */
export class UnsupportedDefinition extends EvacError {}

const refuse = (at: string, why: string): never => {
  throw new UnsupportedDefinition(
    `${at} ${why}; lib/asl interprets the part of ASL that statemachines/ uses, and refuses the rest`,
  );
};

type Check = (value: unknown, at: string) => void;

const that =
  (wanted: string, holds: (value: unknown) => boolean): Check =>
  (value, at) =>
    holds(value) ? undefined : refuse(at, `is ${JSON.stringify(value)}, and must be ${wanted}`);

const text = that('a text', (value) => typeof value === 'string');
const path = that('a path like $.a.b', isPath);
const template = that('a template whose paths are like $.a.b or $$.Execution.Name', isTemplate);
const positive = that('a positive integer', (value) => Number.isInteger(value) && Number(value) > 0);
const count = that('0 or more', (value) => Number.isInteger(value) && Number(value) >= 0);
const rate = that('1 or more', (value) => typeof value === 'number' && value >= 1);
const yes = that('true', (value) => value === true);

const KNOWN_ERRORS: readonly string[] = [StatesName.all, StatesName.timeout, StatesName.taskFailed];
const errorName = that(
  `an error's own name, or ${KNOWN_ERRORS.join(', ')}`,
  (value) => typeof value === 'string' && (!value.startsWith('States.') || KNOWN_ERRORS.includes(value)),
);

const listOf =
  (check: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value) || value.length === 0) return refuse(at, 'must be a list that is not empty');
    value.forEach((entry, index) => check(entry, `${at}[${index}]`));
  };

interface Shape {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const shape = (required: string, optional = ''): Shape => ({
  required: required.split(' '),
  optional: optional.split(' '),
});

const ONWARD = 'Comment Next End';
const STATES: Readonly<Record<State['Type'], Shape>> = {
  Pass: shape('Type', `Parameters ResultPath ${ONWARD}`),
  Task: shape('Type Resource', `Parameters TimeoutSeconds ResultPath Retry Catch ${ONWARD}`),
  Parallel: shape('Type Branches', `ResultPath Retry Catch ${ONWARD}`),
  Choice: shape('Type Choices', 'Default Comment'),
  Wait: shape('Type SecondsPath', ONWARD),
  Succeed: shape('Type', 'Comment'),
  Fail: shape('Type', 'Error Cause ErrorPath CausePath Comment'),
};

const fieldsOf = (value: unknown, at: string): JsonObject =>
  isObject(value) ? value : refuse(at, 'must be an object');

const hasShape = (value: unknown, { required, optional }: Shape, at: string): void => {
  const fields = fieldsOf(value, at);
  for (const name of required) if (!Object.hasOwn(fields, name)) refuse(`${at}.${name}`, 'is missing');
  for (const [name, field] of Object.entries(fields)) {
    const check = required.includes(name) || optional.includes(name) ? FIELDS[name] : undefined;
    if (check === undefined) return refuse(`${at}.${name}`, 'is not interpreted');
    check(field, `${at}.${name}`);
  }
};

const shaped =
  (wanted: Shape): Check =>
  (value, at) =>
    hasShape(value, wanted, at);

const oneWayOn = (fields: JsonObject, at: string): void => {
  if (Object.hasOwn(fields, 'Next') === Object.hasOwn(fields, 'End'))
    refuse(at, 'must have either Next or End');
};

const state: Check = (value, at) => {
  const fields = fieldsOf(value, at);
  const type = String(fields['Type']);
  if (!Object.hasOwn(STATES, type)) refuse(`${at}.Type`, `is ${type}, and is not interpreted`);
  const wanted = STATES[type as State['Type']];
  hasShape(value, wanted, at);
  if (wanted.optional.includes('End')) oneWayOn(fields, at);
};

const targetsOf = (one: State): readonly string[] => {
  const next = 'Next' in one && one.Next !== undefined ? [one.Next] : [];
  const caught = 'Catch' in one ? (one.Catch ?? []).map(({ Next }) => Next) : [];
  if (one.Type !== 'Choice') return [...next, ...caught];
  return [...one.Choices.map(({ Next }) => Next), ...(one.Default === undefined ? [] : [one.Default])];
};

const isRule = shaped(shape('Variable Next', 'StringEquals IsPresent'));

const rule: Check = (value, at) => {
  isRule(value, at);
  const fields = fieldsOf(value, at);
  if (Object.hasOwn(fields, 'StringEquals') === Object.hasOwn(fields, 'IsPresent'))
    refuse(at, 'must have either StringEquals or IsPresent');
};

/** StartAt and each Next lead to a state of the same machine or branch. */
const leadsOn = ({ StartAt, States }: Branch, at: string): void => {
  const known = (name: string, from: string): void => {
    if (!Object.hasOwn(States, name)) refuse(from, `leads to ${name}, and there is no such state`);
  };
  known(StartAt, `${at}.StartAt`);
  for (const [name, one] of Object.entries(States))
    for (const target of targetsOf(one)) known(target, `${at}.States.${name}`);
};

const states: Check = (value, at) => {
  for (const [name, one] of Object.entries(fieldsOf(value, at))) state(one, `${at}.${name}`);
};

const branch =
  (wanted: Shape): Check =>
  (value, at) => {
    hasShape(value, wanted, at);
    leadsOn(value as Branch, at);
  };

const FIELDS: Readonly<Record<string, Check>> = {
  Type: text,
  Comment: text,
  StartAt: text,
  States: states,
  Next: text,
  End: yes,
  Resource: text,
  Parameters: template,
  ResultPath: path,
  TimeoutSeconds: positive,
  Retry: listOf(shaped(shape('ErrorEquals', 'IntervalSeconds MaxAttempts BackoffRate'))),
  Catch: listOf(shaped(shape('ErrorEquals Next', 'ResultPath'))),
  ErrorEquals: listOf(errorName),
  IntervalSeconds: positive,
  MaxAttempts: count,
  BackoffRate: rate,
  Branches: listOf(branch(shape('StartAt States', 'Comment'))),
  Choices: listOf(rule),
  Variable: path,
  SecondsPath: path,
  StringEquals: text,
  IsPresent: yes,
  Default: text,
  Error: text,
  Cause: text,
  ErrorPath: path,
  CausePath: path,
};

const machine = branch(shape('StartAt States', 'Comment TimeoutSeconds'));

/**
 * A machine out of its parsed file. `name` is how its messages call it.
 * @throws UnsupportedDefinition naming the first thing outside the subset.
 */
export const readDefinition = (name: string, definition: unknown): Machine => {
  machine(definition, name);
  return definition as Machine;
};
