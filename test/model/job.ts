import { bugOf } from './bugs';
import type { Exploration } from './explore';
import { explore } from './explore';
import { SHIPPED } from './rules';
import { SMALL_SPACES, SPACES } from './spaces';

/** One piece of work, small enough to be told to another process. */
export type Job =
  | { readonly kind: 'space'; readonly name: string; readonly small: boolean }
  | { readonly kind: 'bug'; readonly name: string };

/** No space comes near: a run that reaches it is not exhausted and says so. */
const MAX_STATES = 12_000_000;
const MAX_DEPTH = 1_000;
/** A story longer than this helps nobody. */
export const MAX_STORY = 40;

const exploreSpace = async (name: string, small: boolean): Promise<Exploration> => {
  const space = (small ? SMALL_SPACES : SPACES).find((entry) => entry.name === name);
  if (space === undefined) throw new Error(`there is no space "${name}"`);
  return explore(space, SHIPPED, { maxStates: MAX_STATES, maxDepth: MAX_DEPTH });
};

const exploreBug = async (id: string): Promise<Exploration> => {
  const bug = bugOf(id);
  const rules = { ...SHIPPED, ...bug.rules };
  return explore(bug.space, rules, { maxStates: MAX_STATES, maxDepth: MAX_STORY });
};

export const runJob = (job: Job): Promise<Exploration> =>
  job.kind === 'space' ? exploreSpace(job.name, job.small) : exploreBug(job.name);
