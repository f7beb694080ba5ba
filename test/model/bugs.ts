import type { Rules } from './rules';
import type { Space } from './space';

/** A rule of the protocol left out or turned round: the checker must find what comes of it. */
export interface Bug {
  readonly id: string;
  /** Of the design: §3b's number, or an invariant. */
  readonly rule: string;
  readonly about: string;
  readonly rules: Partial<Rules>;
  readonly space: Space;
  readonly isSmall?: boolean;
}

export const BUGS: readonly Bug[] = [];

export const bugOf = (id: string): Bug => {
  const bug = BUGS.find((entry) => entry.id === id);
  if (bug === undefined) throw new Error(`there is no seeded bug "${id}"`);
  return bug;
};
