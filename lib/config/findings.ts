import type { z } from 'zod';
import { keysAllowed } from './fields';

export type Path = readonly PropertyKey[];

/** One thing that is wrong with a configuration file. */
export interface Finding {
  readonly path: Path;
  /** What was found there, or what is not there. */
  readonly found: string;
  readonly allowed: string;
  /** What to do about it, when that is not plain from `allowed`. */
  readonly advice?: string;
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

const MAX_SHOWN = 60;

export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value);
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
};

/** Turns the parser's issues into findings; their message is what is allowed (see fields.ts). */
export const findingsOf = (issues: readonly z.core.$ZodIssue[], raw: unknown): readonly Finding[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey([...issue.path, key], keysAllowed(issue.message)));
    }
    return [{ path: issue.path, found: shown(valueAt(raw, issue.path)), allowed: issue.message }];
  });

const unknownKey = (path: Path, allowed: readonly string[]): Finding => {
  const key = String(path.at(-1));
  const close = nearest(key, allowed);
  return {
    path,
    found: 'an unknown key',
    allowed: allowed.join(', '),
    ...(close === undefined ? {} : { advice: `did you mean ${close}?` }),
  };
};

const PREFIX_LETTERS = 4;

/** The allowed word that goes on where this one ends, or the one that needs at most a third of its letters changed. */
const nearest = (word: string, allowed: readonly string[]): string | undefined => {
  const small = word.toLowerCase();
  const longer = allowed.find((candidate) => candidate.toLowerCase().startsWith(small));
  if (longer !== undefined && word.length >= PREFIX_LETTERS) return longer;
  const [best] = allowed
    .map((candidate) => ({ candidate, edits: editsBetween(small, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.max(1, best.candidate.length / 3)
    ? best.candidate
    : undefined;
};

/** Levenshtein's distance, a row at a time. */
const editsBetween = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  [...a].forEach((letter, line) => {
    const next = [line + 1];
    [...b].forEach((other, column) => {
      const swap = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(swap, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    });
    row = next;
  });
  return row[b.length] ?? 0;
};
