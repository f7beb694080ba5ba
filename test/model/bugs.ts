import type { Bug } from './bug';
import { BUGS_OF_EVIDENCE } from './bugs-of-evidence';
import { BUGS_OF_SEAT } from './bugs-of-seat';
import { BUGS_OF_STEPS } from './bugs-of-steps';
import { BUGS_OF_STORE } from './bugs-of-store';

/** Those of Redis, Kafka and objects (§3b.12, 14, 15) come with their stores. */
export const BUGS: readonly Bug[] = [
  ...BUGS_OF_SEAT,
  ...BUGS_OF_EVIDENCE,
  ...BUGS_OF_STORE,
  ...BUGS_OF_STEPS,
];

export const bugOf = (id: string): Bug => {
  const bug = BUGS.find((entry) => entry.id === id);
  if (bug === undefined) throw new Error(`there is no seeded bug "${id}"`);
  return bug;
};
