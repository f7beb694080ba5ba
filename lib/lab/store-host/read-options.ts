import { parseArgs } from 'node:util';
import { InvalidConfiguration } from '../../domain/errors';

/** `--name value` of each; the optional ones have their default. @throws InvalidConfiguration naming what is missing */
export const readOptions = <R extends string, O extends string>(
  required: readonly R[],
  optional: Readonly<Record<O, string>>,
  usage: string,
): Readonly<Record<R | O, string>> => {
  const names: readonly string[] = [...required, ...Object.keys(optional)];
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, text])) });
  const missing = required.filter((name) => typeof values[name] !== 'string');
  if (missing.length > 0) throw new InvalidConfiguration(`missing: --${missing.join(', --')}\n${usage}`);
  return { ...optional, ...values } as Readonly<Record<R | O, string>>;
};
