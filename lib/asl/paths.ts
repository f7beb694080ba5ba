import { StatesError, StatesName } from './failure';
import type { Json, JsonObject } from './json';
import { isObject } from './json';

/** `$.a.b`: no index, no wildcard, no filter. */
const PATH = /^\$(\.[A-Za-z_]\w*)*$/;
/** All that the machines read of the context object. */
export const EXECUTION_NAME = '$$.Execution.Name';
const SELECTS = '.$';

export const isPath = (text: unknown): boolean => typeof text === 'string' && PATH.test(text);

/** Every selected field is a path that can be followed here, at any depth. */
export const isTemplate = (template: unknown): boolean => {
  if (Array.isArray(template)) return template.every(isTemplate);
  if (!isObject(template)) return true;
  return Object.entries(template).every(([key, value]) =>
    key.endsWith(SELECTS) ? value === EXECUTION_NAME || isPath(value) : isTemplate(value),
  );
};

const keysOf = (path: string): readonly string[] => path.split('.').slice(1);

const followed = (path: string, data: Json): Json | undefined =>
  keysOf(path).reduce<Json | undefined>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    data,
  );

export const isThere = (path: string, data: Json): boolean => followed(path, data) !== undefined;

/** @throws StatesError States.Runtime, which nothing catches, for a path that leads nowhere. */
export const valueAt = (path: string, data: Json): Json => {
  const found = followed(path, data);
  if (found !== undefined) return found;
  throw new StatesError(StatesName.runtime, `the path ${path} could not be found in the state's input`);
};

/** A payload template with its selected fields filled in. */
export const filled = (template: unknown, data: Json, executionName: string): Json => {
  if (Array.isArray(template)) return template.map((entry) => filled(entry, data, executionName));
  if (!isObject(template)) return template as Json;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => {
      if (!key.endsWith(SELECTS)) return [key, filled(value, data, executionName)];
      const path = String(value);
      return [key.slice(0, -SELECTS.length), path === EXECUTION_NAME ? executionName : valueAt(path, data)];
    }),
  );
};

const put = (data: Json | undefined, [key, ...rest]: readonly string[], value: Json): Json => {
  if (key === undefined) return value;
  const fields: JsonObject = isObject(data) ? data : {};
  return { ...fields, [key]: put(fields[key], rest, value) };
};

/** ResultPath: the value in its place; `$` or nothing replaces everything. */
export const putAt = (data: Json, path: string | undefined, value: Json): Json => {
  const keys = keysOf(path ?? '$');
  if (keys.length > 0 && !isObject(data))
    throw new StatesError(
      StatesName.resultPathMatchFailure,
      `the result cannot be put at ${path ?? '$'} of ${JSON.stringify(data)}`,
    );
  return put(data, keys, value);
};
