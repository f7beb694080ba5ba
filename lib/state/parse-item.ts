import * as z from 'zod';
import { DamagedState } from '../domain/errors';
import { SORT_KEY } from './keys';

/** An item as plain values, with `pk` and `sk`. */
export type Item = Readonly<Record<string, unknown>>;

/**
 * @throws DamagedState naming the item's key, the path in it and what was found there: somebody or something else
 * wrote it, and acting on a guess of what was meant could lose data.
 */
export const parseItem = <T>(schema: z.ZodType<T>, item: Item): T => {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  throw damaged(item, parsed.error.issues.map(described));
};

export const damaged = (item: Item, findings: readonly string[]): DamagedState =>
  new DamagedState(
    `The item "${String(item[SORT_KEY])}" in the state table is not what Evac writes: ${findings.join('; ')}. ` +
      'Nothing is decided on it: correct the item, or restore the table to a point in time before the change.',
  );

const described = (issue: z.core.$ZodIssue): string =>
  `at ${issue.path.length === 0 ? 'its root' : issue.path.join('.')}: ${issue.message}`;

/** Deep data that no condition looks into is kept as one JSON text: a third of the bytes and of the parsing. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue(`no JSON text (${String(error)})`);
    return z.NEVER;
  }
});
