import { parseArgs } from 'node:util';

/** `--name value` of a lab process; its starter is the lab, so a missing one is a bug of ours and says so. */
export const requiredArgument = (name: string, args: readonly string[] = process.argv.slice(2)): string => {
  const { values } = parseArgs({ args: [...args], options: { [name]: { type: 'string' } }, strict: false });
  const value = values[name];
  if (typeof value !== 'string')
    throw new Error(`argument --${name} is missing; lab processes are started by evac lab up`);
  return value;
};
