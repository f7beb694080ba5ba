import { bugOf } from './bugs';
import type { Exploration } from './explore';
import { explore } from './explore';
import { SHIPPED } from './rules';
import { SMALL_SPACES, SPACES } from './spaces';

/** One piece of work, small enough to be told to another process. */
export type Job =
  | { readonly kind: 'space'; readonly name: string; readonly small: boolean }
  | { readonly kind: 'bug' | 'unbugged'; readonly name: string };

/** No space comes near: a run that reaches it is not exhausted and says so. */
const MAX_STATES = 12_000_000;
const MAX_DEPTH = 1_000;
/** A story longer than this helps nobody. */
export const MAX_STORY = 40;

export const exploreSpace = async (name: string, small: boolean): Promise<Exploration> => {
  const space = (small ? SMALL_SPACES : SPACES).find((entry) => entry.name === name);
  if (space === undefined) throw new Error(`there is no space "${name}"`);
  return explore(space, SHIPPED, { maxStates: MAX_STATES, maxDepth: MAX_DEPTH });
};

/** A bug's space as it is under the shipped rules: there must be nothing to find. */
export const exploreUnbugged = (id: string): Promise<Exploration> =>
  explore(bugOf(id).space, SHIPPED, { maxStates: MAX_STATES, maxDepth: MAX_DEPTH });

export const exploreBug = async (id: string): Promise<Exploration> => {
  const { rules, space } = bugOf(id);
  return explore(space, { ...SHIPPED, ...rules }, { maxStates: MAX_STATES, maxDepth: MAX_STORY });
};

export const runJob = (job: Job): Promise<Exploration> => {
  if (job.kind === 'space') return exploreSpace(job.name, job.small);
  return job.kind === 'bug' ? exploreBug(job.name) : exploreUnbugged(job.name);
};
