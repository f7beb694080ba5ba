import type { MoveStep } from './move-steps';

/**
 * A line of the journal. Both instants are of one Lambda, so how long the step took is exact; two lines may be of two
 * Lambdas, whose ideas of the state store's time differ by part of a second, so no time between two lines is told.
 */
export interface TimedStep {
  readonly name: string;
  readonly status: 'done' | 'failed';
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

type Turns = readonly (readonly Pick<MoveStep, 'name'>[])[];

export const tookMs = ({ startedAtMs, endedAtMs }: TimedStep): number => endedAtMs - startedAtMs;

const longestMs = (turn: Turns[number], journal: readonly TimedStep[]): number =>
  Math.max(0, ...journal.filter(({ name }) => turn.some((step) => step.name === name)).map(tookMs));

/**
 * What the steps took until the end of this one: one turn after the other, of steps side by side the longest. Less than
 * what passed: no line tells of the claim, of the state machine between two steps, of a Lambda's start, or of an attempt
 * before the last; and the lines are of one epoch, so a move that was finished at a newer one begins anew.
 */
export const reachedMs = (turns: Turns, journal: readonly TimedStep[], step: TimedStep): number => {
  const at = turns.findIndex((turn) => turn.some(({ name }) => name === step.name));
  return turns.slice(0, at).reduce((sum, turn) => sum + longestMs(turn, journal), tookMs(step));
};
