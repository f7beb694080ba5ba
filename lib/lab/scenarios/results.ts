import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { DamagedState } from '../../domain/errors';

const RESULT = z.object({
  name: z.string(),
  passed: z.boolean(),
  rto_seconds: z.number().nullable(),
  /** null: not measured, never 0. */
  lost: z.number().nullable(),
  two_writer_ms: z.number().nullable(),
  failovers: z.number().nullable(),
  /** What differs from the row, in words; null when nothing does. */
  why: z.string().nullable(),
  /** This machine cannot play the row; `why` names what it lacks. */
  skipped: z.boolean(),
  fault: z.string(),
  must: z.string(),
  write_gap_seconds: z.number().nullable(),
  /** The whole row, from the start of its load to home and whole. */
  took_seconds: z.number(),
  started_at: z.string(),
  /** Of the code it was played with; `+…` names changes that were not committed. */
  commit: z.string(),
});
export type ScenarioResult = Readonly<z.infer<typeof RESULT>>;

const DOCUMENT = z.object({ scenarios: z.array(RESULT) });

/** The results on file; none when there is no file. @throws DamagedState */
export const readResults = (path: string): readonly ScenarioResult[] => {
  if (!existsSync(path)) return [];
  try {
    return DOCUMENT.parse(JSON.parse(readFileSync(path, 'utf8'))).scenarios;
  } catch (cause) {
    throw new DamagedState(`${path} is no table of scenarios; remove it and run again`, { cause });
  }
};

/** Whole or not at all: a reader never sees half a table. */
export const writeResults = (path: string, scenarios: readonly ScenarioResult[]): void => {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify({ scenarios }, null, 2)}\n`);
  renameSync(draft, path);
};

/**
 * The table with one row played anew: in the table's order, and without rows that were played with other code, which
 * would make the file look like one run that never was.
 */
export const withResult = (
  before: readonly ScenarioResult[],
  result: ScenarioResult,
  order: readonly string[],
): readonly ScenarioResult[] =>
  [...before.filter(({ name, commit }) => name !== result.name && commit === result.commit), result].sort(
    (a, b) => order.indexOf(a.name) - order.indexOf(b.name),
  );

/** Rows that `--resume` need not play again. */
export const passedOn = (results: readonly ScenarioResult[], commit: string): ReadonlySet<string> =>
  new Set(results.filter((result) => result.passed && result.commit === commit).map(({ name }) => name));
