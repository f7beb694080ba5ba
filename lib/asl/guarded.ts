import type { Catcher, ParallelState, Retrier, TaskState } from './definition';
import { createRetries, matches, StatesError } from './failure';
import type { Json } from './json';
import { putAt } from './paths';
import type { Step, Visit } from './visit';
import { nextOf } from './visit';

type Work = (attempt: number) => Promise<Json>;

const withRetries = async (
  { run, scope }: Visit,
  retriers: readonly Retrier[] | undefined,
  work: Work,
): Promise<Json> => {
  const retries = createRetries(retriers);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (cause) {
      const delayMs = cause instanceof StatesError ? retries.delayMs(cause) : null;
      if (delayMs === null) throw cause;
      await scope.race(run.ports.sleep(delayMs));
    }
  }
};

const caught = (data: Json, catchers: readonly Catcher[] | undefined, cause: unknown): Step => {
  if (!(cause instanceof StatesError)) throw cause;
  const catcher = catchers?.find((one) => matches(one, cause.error));
  if (catcher === undefined) throw cause;
  const failure = { Error: cause.error, Cause: cause.text };
  return { data: putAt(data, catcher.ResultPath, failure), next: catcher.Next };
};

/** Retry first, then Catch: what a Task and a Parallel have in common. */
export const guarded = async (
  visit: Visit,
  state: TaskState | ParallelState,
  prepare: () => Work,
): Promise<Step> => {
  try {
    const result = await withRetries(visit, state.Retry, prepare());
    return { data: putAt(visit.data, state.ResultPath, result), next: nextOf(state) };
  } catch (cause) {
    return caught(visit.data, state.Catch, cause);
  }
};
