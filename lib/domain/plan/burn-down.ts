import { secondsOf } from '../report/statistics';
import type { MovePlan, TimedStep } from './move-plan';

export interface BurnDown {
  /** 0 for a step that is none of the plan's, as when a move is undone. */
  readonly position: number;
  readonly of: number;
  readonly tookSeconds: number;
  readonly usuallySeconds: number | null;
  /** From the claim to the step's end. */
  readonly elapsedSeconds: number;
  readonly usuallyReachedSeconds: number | null;
  readonly budgetLeftSeconds: number;
  /** By how much the step itself went over its own budget; 0 when it kept it. */
  readonly overSeconds: number;
}

/** Where a move is with this step behind it, against the usual and the budget. */
export const burnDown = (plan: MovePlan, step: TimedStep, claimedAtMs: number): BurnDown => {
  const planned = plan.turns.flat().find(({ name }) => name === step.name);
  const tookSeconds = secondsOf(step.endedAtMs - step.startedAtMs);
  const elapsedSeconds = secondsOf(step.endedAtMs - claimedAtMs);
  const over = planned === undefined ? 0 : tookSeconds - planned.budgetSeconds;
  return {
    position: planned?.position ?? 0,
    of: plan.turns.length,
    tookSeconds,
    usuallySeconds: planned?.took.median ?? null,
    elapsedSeconds,
    usuallyReachedSeconds: planned?.reached.median ?? null,
    budgetLeftSeconds: secondsOf((plan.budgetSeconds - elapsedSeconds) * 1000),
    overSeconds: Math.max(0, secondsOf(over * 1000)),
  };
};
