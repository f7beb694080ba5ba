import type { Clause } from '../domain/protocol/clauses';
import type { Guard } from './item-table';
import { PARTITION_KEY } from './keys';

/** The parts of a DynamoDB request that a condition fills; values are plain, not yet marshalled. */
export interface CompiledCondition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

const COMPARISONS: Record<Clause['op'], (path: string, values: readonly string[]) => string> = {
  eq: (path, [wanted]) => `${path} = ${wanted}`,
  // DynamoDB takes a missing attribute for "not equal"; a clause holds for nothing that is missing.
  ne: (path, [wanted]) => `(attribute_exists(${path}) AND ${path} <> ${wanted})`,
  le: (path, [limit]) => `${path} <= ${limit}`,
  lt: (path, [limit]) => `${path} < ${limit}`,
  // An empty list holds for nothing, and DynamoDB has no empty IN.
  in: (path, values) =>
    values.length === 0
      ? `(attribute_exists(${path}) AND attribute_not_exists(${path}))`
      : `${path} IN (${values.join(', ')})`,
  none: (path, [nothing]) => `(attribute_not_exists(${path}) OR ${path} = ${nothing})`,
  between: (path, [low, high]) => `${path} BETWEEN ${low} AND ${high}`,
};

const namesIn = (path: string): readonly string[] => path.split('.');
const placeholderOf = (path: string): string =>
  namesIn(path)
    .map((name) => `#${name}`)
    .join('.');

/**
 * A guard as one ConditionExpression: the same clauses that the memory table evaluates. Attribute names go through
 * placeholders, since several of ours are reserved words.
 */
export const compileGuard = (guard: Guard): CompiledCondition => {
  const clauses = guard.kind === 'absent' ? [] : guard.clauses;
  return {
    ConditionExpression: expressionOf(guard),
    ExpressionAttributeNames: Object.fromEntries([
      ['#key', PARTITION_KEY],
      ...clauses.flatMap(({ path }) => namesIn(path)).map((name) => [`#${name}`, name]),
    ]),
    values: Object.fromEntries(
      clauses.flatMap(({ values }, index) => values.map((value, place) => [valueName(index, place), value])),
    ),
  };
};

const expressionOf = (guard: Guard): string => {
  if (guard.kind === 'absent') return 'attribute_not_exists(#key)';
  const parts = guard.clauses.map(({ path, op, values }, index) =>
    COMPARISONS[op](
      placeholderOf(path),
      values.map((_, place) => valueName(index, place)),
    ),
  );
  const all = ['attribute_exists(#key)', ...parts].join(' AND ');
  return guard.kind === 'present' ? all : `attribute_not_exists(#key) OR (${all})`;
};

const valueName = (index: number, place: number): string => `:c${index}v${place}`;
