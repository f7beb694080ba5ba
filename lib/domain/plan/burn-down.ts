import { secondsOf } from '../report/statistics';
import type { MovePlan, PlannedStep } from './move-plan';
import type { TimedStep } from './step-times';
import { reachedMs, tookMs } from './step-times';

export interface BurnDown {
  readonly name: string;
  readonly status: TimedStep['status'];
  readonly position: number;
  readonly of: number;
  readonly tookSeconds: number;
  readonly usuallySeconds: number | null;
  /** In steps, until this one's end, as `reachedMs` counts. */
  readonly reachedSeconds: number;
  readonly usuallyReachedSeconds: number | null;
  /** The move's budget less its steps: no more than this is left. 0 when none is. */
  readonly budgetLeftSeconds: number;
  /** By how much the step itself went over its own budget; 0 when it kept it. */
  readonly overSeconds: number;
}

const burnDownOf = (
  plan: MovePlan,
  journal: readonly TimedStep[],
  { step, planned }: { readonly step: TimedStep; readonly planned: PlannedStep },
): BurnDown => {
  const stepMs = tookMs(step);
  const untilMs = reachedMs(plan.turns, journal, step);
  return {
    name: step.name,
    status: step.status,
    position: planned.position,
    of: plan.turns.length,
    tookSeconds: secondsOf(stepMs),
    usuallySeconds: planned.took.median,
    reachedSeconds: secondsOf(untilMs),
    usuallyReachedSeconds: planned.reached.median,
    budgetLeftSeconds: Math.max(0, secondsOf(plan.budgetSeconds * 1000 - untilMs)),
    overSeconds: Math.max(0, secondsOf(stepMs - planned.budgetSeconds * 1000)),
  };
};

/**
 * Where a move is after each of its steps, against the usual and the budget; in the order of the plan, whatever the
 * journal's. A line that is none of the plan's, as the outcome's, has no place in it.
 */
export const burnDown = (plan: MovePlan, journal: readonly TimedStep[]): readonly BurnDown[] =>
  plan.turns
    .flat()
    .flatMap((planned) =>
      journal
        .filter(({ name }) => name === planned.name)
        .map((step) => burnDownOf(plan, journal, { step, planned })),
    );
