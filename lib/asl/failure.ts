import { EvacError } from '../domain/errors';
import type { Catcher, Retrier } from './definition';

/** Names that Step Functions itself gives; the rest of its reserved names is outside the subset. */
export const StatesName = {
  all: 'States.ALL',
  timeout: 'States.Timeout',
  taskFailed: 'States.TaskFailed',
  runtime: 'States.Runtime',
  noChoiceMatched: 'States.NoChoiceMatched',
  resultPathMatchFailure: 'States.ResultPathMatchFailure',
} as const;

/** An error as a state machine sees it: a name to match, and a text. */
export class StatesError extends EvacError {
  constructor(
    readonly error: string,
    readonly text: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${error}: ${text}`, options);
  }
}

/** How a Lambda's thrown error reaches the machine: its name, and both in the Cause. */
export const lambdaError = (cause: unknown): StatesError => {
  if (cause instanceof StatesError) return cause;
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  return new StatesError(name, JSON.stringify({ errorType: name, errorMessage: message }), { cause });
};

/** States.ALL is not for States.Runtime; States.TaskFailed is not for a time-out (AWS, error handling). */
const equals = (wanted: string, error: string): boolean => {
  if (wanted === StatesName.all) return error !== StatesName.runtime;
  if (wanted === StatesName.taskFailed) return error !== StatesName.timeout && error !== StatesName.runtime;
  return wanted === error;
};

export const matches = ({ ErrorEquals }: Retrier | Catcher, error: string): boolean =>
  ErrorEquals.some((wanted) => equals(wanted, error));

/** One entry of a state: the first retrier that matches decides, and counts its own attempts. */
export const createRetries = (retriers: readonly Retrier[] = []) => {
  const used = new Map<Retrier, number>();
  return {
    /** Ms until the next attempt, or null: no more. */
    delayMs: ({ error }: StatesError): number | null => {
      const retrier = retriers.find((one) => matches(one, error));
      if (retrier === undefined) return null;
      const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2 } = retrier;
      const times = used.get(retrier) ?? 0;
      if (times >= MaxAttempts) return null;
      used.set(retrier, times + 1);
      return IntervalSeconds * BackoffRate ** times * 1_000;
    },
  };
};
