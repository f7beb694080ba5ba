import type { State } from './definition';
import type { Json } from './json';

interface Failed {
  readonly error: string;
  readonly cause: string;
}

/** What happened, in Step Functions' words. */
export type HappenedEvent =
  | { readonly type: 'ExecutionStarted'; readonly input: Json }
  | {
      readonly type: 'StateEntered';
      readonly name: string;
      readonly state: State['Type'];
      readonly input: Json;
    }
  | { readonly type: 'StateExited'; readonly name: string; readonly output: Json }
  | {
      readonly type: 'TaskScheduled';
      readonly name: string;
      readonly resource: string;
      readonly attempt: number;
      readonly input: Json;
    }
  | { readonly type: 'TaskSucceeded'; readonly name: string; readonly output: Json }
  | ({ readonly type: 'TaskFailed' | 'TaskTimedOut'; readonly name: string } & Failed)
  | { readonly type: 'ExecutionSucceeded'; readonly output: Json }
  | ({ readonly type: 'ExecutionFailed' | 'ExecutionTimedOut' | 'ExecutionAborted' } & Failed);

export type HistoryEvent = HappenedEvent & { readonly atMs: number };

/** How an execution ended. */
export type Ended =
  | { readonly status: 'SUCCEEDED'; readonly output: Json }
  | ({ readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED' } & Failed);
