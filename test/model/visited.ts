import type { LocalRuns } from './local-run';
import { createStateKeys } from './state-keys';
import type { World } from './world';

/** All that is kept of a state: its key, its parent, and which of the parent's steps led to it. */
export interface Visited {
  /** The state's number if it is new, else null. A state that breaks something is always new: it ends the search. */
  add(world: World, parent: number, choice: number): number | null;
  /** The choices that lead from the beginning to this state. */
  pathTo(state: number): readonly number[];
  readonly size: () => number;
  countDistinct(runs: LocalRuns): number;
}

export const createVisited = (first: World): Visited => {
  const keys = createStateKeys();
  const numbers = new Map<number, number>([[keys.of(first), 0]]);
  const parents = [0];
  const choices = [0];
  return {
    add: (world, parent, choice) => {
      const key = keys.of(world);
      if (world.broken.length === 0 && numbers.has(key)) return null;
      const state = parents.length;
      numbers.set(key, state);
      parents.push(parent);
      choices.push(choice);
      return state;
    },
    pathTo: (state) => {
      const path: number[] = [];
      for (let at = state; at > 0; at = parents[at] ?? 0) path.push(choices[at] ?? 0);
      return path.reverse();
    },
    size: () => numbers.size,
    countDistinct: (runs) => keys.countDistinct(numbers.keys(), runs),
  };
};
