import type { LocalRuns } from './local-run';
import type { World } from './world';
import { budgetKey, processesKey, surroundingsKey } from './world';

/** States as numbers: each part of a state is written out once, a state is the three numbers of its parts. */

const PROCESSES_LIMIT = 2 ** 21;
const BUDGETS_LIMIT = 2 ** 10;
/** 2^53 in all, the whole numbers that a double holds. */
const SURROUNDINGS_LIMIT = 2 ** 22;

const createNumbers = (limit: number) => {
  const numbers = new Map<string, number>();
  return {
    of: (text: string): number => {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      if (numbers.size >= limit)
        throw new Error(`more than ${limit} different parts; make the space smaller`);
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
    texts: (): readonly string[] => [...numbers.keys()],
  };
};

export interface StateKeys {
  /** The exact state: equal numbers, equal states. */
  of(world: World): number;
  /** Of these states, those that differ in more than the budget and in more than how a local state was reached. */
  countDistinct(keys: Iterable<number>, runs: LocalRuns): number;
}

/**
 * Two local states of which everything that was ever seen to follow is equal are one: the run asks for the same
 * call, and every answer leads to equal ones.
 */
const mergedLocalStates = (runs: LocalRuns): readonly number[] => {
  const classes = new Map<string, number>();
  const merged: number[] = [];
  // What follows a state was worked out after it.
  for (let id = runs.size() - 1; id >= 0; id -= 1) {
    const { lambda, pending, result, next } = runs.at(id);
    const ending = result === null ? '' : result.ok ? JSON.stringify(result.value) : result.error.name;
    const edges = [...next].map(([answer, to]) => `${answer}>${merged[to] ?? -1}`).sort();
    const key = `${lambda}|${pending?.id ?? ending}|${edges.join()}`;
    const known = classes.get(key) ?? classes.size;
    classes.set(key, known);
    merged[id] = known;
  }
  return merged;
};

/** See `processKey`: kind, execution / place / local state / stage. */
const withMerged = (text: string, merged: readonly number[]): string =>
  text
    .split(' ')
    .map((process) => {
      const parts = process.split('/');
      if (!process.startsWith('l') && parts.length === 4) parts[2] = String(merged[Number(parts[2])]);
      return parts.join('/');
    })
    .sort()
    .join(' ');

export const createStateKeys = (): StateKeys => {
  const surroundings = createNumbers(SURROUNDINGS_LIMIT);
  const processes = createNumbers(PROCESSES_LIMIT);
  const budgets = createNumbers(BUDGETS_LIMIT);
  return {
    of: (world) =>
      (surroundings.of(surroundingsKey(world)) * PROCESSES_LIMIT + processes.of(processesKey(world))) *
        BUDGETS_LIMIT +
      budgets.of(budgetKey(world)),
    countDistinct: (keys, runs) => {
      const merged = mergedLocalStates(runs);
      const numbers = createNumbers(PROCESSES_LIMIT);
      const mergedProcesses = processes.texts().map((text) => numbers.of(withMerged(text, merged)));
      const seen = new Set<number>();
      for (const key of keys) {
        const whole = Math.floor(key / BUDGETS_LIMIT);
        const process = mergedProcesses[whole % PROCESSES_LIMIT] ?? 0;
        seen.add(Math.floor(whole / PROCESSES_LIMIT) * PROCESSES_LIMIT + process);
      }
      return seen.size;
    },
  };
};
