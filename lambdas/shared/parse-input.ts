import type * as z from 'zod';
import { InvalidRequest } from '../../lib/domain/errors';

const foundAt = (input: unknown, path: readonly PropertyKey[]): string =>
  JSON.stringify(
    path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input),
  ) ?? 'nothing';

/** What the start of a machine may look like. */
export interface InputShape<T> {
  readonly schema: z.ZodType<T>;
  /** Every field, for whoever wrote one that there is not. */
  readonly fields: readonly string[];
  readonly example: string;
}

/**
 * What a person started a state machine with, before anything is read or changed.
 * @throws InvalidRequest naming each field, what was found and what is allowed.
 */
export const parseInput = <T>(input: unknown, { schema, fields, example }: InputShape<T>): T => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `"${issue.keys.join('", "')}" is not known; the fields are ${fields.join(', ')}`
      : `"${issue.path.join('.') || 'input'}" is ${foundAt(input, issue.path)}: ${issue.message}`,
  );
  throw new InvalidRequest(`the start was refused: ${problems.join('; ')}. Example: ${example}`);
};
