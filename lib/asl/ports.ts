import type { HistoryEvent } from './history';
import type { Json } from './json';

/** One attempt of one Task. */
export interface TaskCall {
  readonly state: string;
  /** As in the definition: which Lambda or machine is behind it is the caller's to know. */
  readonly resource: string;
  readonly input: Json;
  /** From 1; Retry makes more. */
  readonly attempt: number;
}

export interface Deadline {
  /** Resolves when the time is over; never, when it was cancelled before. */
  readonly expired: Promise<void>;
  cancel(): void;
}

/** All that an execution needs of the world; a caller with virtual time decides when anything happens. */
export interface ExecutionPorts {
  /** Rejects with an Error, whose `name` is what ErrorEquals matches, or with a StatesError to say all of it. */
  invoke(call: TaskCall): Promise<unknown>;
  nowMs(): number;
  /** Between two attempts, and in a Wait. */
  sleep(ms: number): Promise<void>;
  /** TimeoutSeconds of a task, or, with null, of the whole execution. */
  deadline(ms: number, call: TaskCall | null): Deadline;
  /** Each event as it happens; it may stop the execution. */
  onEvent?(event: HistoryEvent): void;
}
