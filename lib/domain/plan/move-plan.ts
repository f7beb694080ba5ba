import { detectionMs } from '../health/round-times';
import type { OperationMode } from '../protocol/seat';
import type { Spread } from '../report/statistics';
import { secondsOf, spreadOf } from '../report/statistics';
import type { Policy, ZoneId } from '../topology';
import { Store } from '../topology';
import type { MoveStep } from './move-steps';
import { MOVE_TURNS } from './move-steps';
import type { TimedStep } from './step-times';
import { reachedMs, tookMs } from './step-times';

/** A move that was made. */
export interface PastMove {
  readonly mode: OperationMode;
  readonly stores: readonly Store[];
  readonly steps: readonly TimedStep[];
}

/** Seconds; `count` says of how many moves, and null that none is on record. */
export interface Usual {
  /** The step itself. */
  readonly took: Spread;
  /** All steps until this one's end, as `reachedMs` counts. */
  readonly reached: Spread;
}

export interface PlannedStep extends MoveStep, Usual {
  /** Of all steps, side by side ones counted once. */
  readonly position: number;
  readonly budgetSeconds: number;
}

export interface MovePlan {
  readonly mode: OperationMode;
  readonly stores: readonly Store[];
  readonly from: ZoneId;
  readonly to: ZoneId;
  readonly rtoSeconds: number;
  /** What detection may take of it at worst. */
  readonly detectionSeconds: number;
  /** What is left for the move. */
  readonly budgetSeconds: number;
  /** All steps until the service was verified, as `reachedMs` counts: less than from decision to service. */
  readonly whole: Spread;
  readonly turns: readonly (readonly PlannedStep[])[];
}

export interface PlanInput {
  readonly mode: OperationMode;
  /** Those that move. */
  readonly stores: readonly Store[];
  readonly from: ZoneId;
  readonly to: ZoneId;
  readonly policy: Policy;
  readonly past: readonly PastMove[];
  /** Whether the traffic of a planned move goes over in steps; absent: at once. */
  readonly inSteps?: boolean;
}

/** The traffic goes with PostgreSQL. */
const hasPlace = ({ modes, store, inSteps }: MoveStep, input: PlanInput): boolean =>
  modes.includes(input.mode) &&
  (store === undefined || input.stores.includes(store)) &&
  (inSteps === undefined || (input.inSteps === true && input.stores.includes(Store.postgres)));

const turnsOf = (input: PlanInput): readonly (readonly MoveStep[])[] =>
  MOVE_TURNS.map((turn) => turn.filter((step) => hasPlace(step, input))).filter(({ length }) => length > 0);

/** The same stores, in whatever order: another move takes another time. */
const isAlike = ({ mode, stores }: PastMove, input: PlanInput): boolean =>
  mode === input.mode && [...stores].sort().join() === [...input.stores].sort().join();

const usual = (moves: readonly PastMove[], turns: readonly (readonly MoveStep[])[], name: string): Usual => {
  const done = moves.flatMap(({ steps }) =>
    steps
      .filter((step) => step.name === name && step.status === 'done')
      .map((step) => ({ took: secondsOf(tookMs(step)), reached: secondsOf(reachedMs(turns, steps, step)) })),
  );
  return {
    took: spreadOf(done.map(({ took }) => took)),
    reached: spreadOf(done.map(({ reached }) => reached)),
  };
};

const longestSeconds = (turn: readonly MoveStep[]): number =>
  Math.max(...turn.map(({ deadlineSeconds }) => deadlineSeconds));

/**
 * What a move will do, and how long it may take and usually takes. The objective, less detection at its worst, is shared
 * out in proportion to the deadlines of the turns; no step owns more than its deadline.
 */
export const planMove = (input: PlanInput): MovePlan => {
  const { mode, stores, from, to, policy, past } = input;
  const moves = past.filter((move) => isAlike(move, input));
  const turns = turnsOf(input);
  const budgetMs = policy.rtoMs - detectionMs(policy);
  const allSeconds = turns.reduce((sum, turn) => sum + longestSeconds(turn), 0);
  const planned = turns.map((turn, at) =>
    turn.map((step) => ({
      ...step,
      ...usual(moves, turns, step.name),
      position: at + 1,
      budgetSeconds: Math.min(
        step.deadlineSeconds,
        secondsOf((budgetMs * longestSeconds(turn)) / allSeconds),
      ),
    })),
  );
  return {
    mode,
    stores,
    from,
    to,
    rtoSeconds: secondsOf(policy.rtoMs),
    detectionSeconds: secondsOf(detectionMs(policy)),
    budgetSeconds: secondsOf(budgetMs),
    whole: usual(moves, turns, 'verify-service').reached,
    turns: planned,
  };
};
