/** How a planned move's traffic goes over, and what has to hold at each step of it. */
export interface ShiftPolicy {
  /** Percent of the target, growing; the last is 100. */
  readonly steps: readonly number[];
  readonly maxErrorPercent: number;
  readonly maxP99Ms: number;
  /** Of the target's capacity, as its own samples tell it. */
  readonly maxUtilisationPercent: number;
  /** Fewer requests than this say nothing: unknown, never "fine". */
  readonly minSamples: number;
  /** The least time at a step: clients keep a name's old answer for its time to live. */
  readonly dwellMs: number;
  /** The longest time at a step; what is unknown then will not become known. */
  readonly patienceMs: number;
}

/** Seconds and percent, as the configuration file has them. */
export const SHIFT_DEFAULTS = {
  steps: [1, 5, 25, 50, 100],
  maxErrorPercent: 1,
  maxP99Seconds: 1,
  maxUtilisationPercent: 80,
  minSamples: 100,
  dwellSeconds: 60,
  patienceSeconds: 300,
} as const;

type Ladder = Pick<ShiftPolicy, 'steps'>;

/**
 * The first step: that at which the target is already, or the one above. A move that finds traffic there never takes it
 * away, and a first step that is delivered twice is one.
 */
export const firstShare = ({ steps }: Ladder, present: number): number =>
  steps.find((step) => step >= present) ?? 100;

/** The step above one that the guard has seen good. */
export const nextShare = ({ steps }: Ladder, guarded: number): number =>
  steps.find((step) => step > guarded) ?? 100;
