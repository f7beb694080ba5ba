/** The part of the Amazon States Language that Evac's machines use, spelled as in their files. */
export type Template = unknown;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath?: string;
  readonly Next: string;
}

/** Exactly one of the two; `readDefinition` saw to it. */
interface Onward {
  readonly Next?: string;
  readonly End?: true;
}

interface Guarded extends Onward {
  readonly ResultPath?: string;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface PassState extends Onward {
  readonly Type: 'Pass';
  readonly Parameters?: Template;
  readonly ResultPath?: string;
}

export interface TaskState extends Guarded {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Parameters?: Template;
  readonly TimeoutSeconds?: number;
}

export interface ParallelState extends Guarded {
  readonly Type: 'Parallel';
  readonly Branches: readonly Branch[];
}

export interface ChoiceState {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

/** Exactly one of the two tests; `readDefinition` saw to it. */
export interface ChoiceRule {
  readonly Variable: string;
  readonly StringEquals?: string;
  readonly IsPresent?: true;
  readonly Next: string;
}

export interface WaitState extends Onward {
  readonly Type: 'Wait';
  /** To a whole number of seconds. */
  readonly SecondsPath: string;
}

export interface SucceedState {
  readonly Type: 'Succeed';
}

export interface FailState {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly Cause?: string;
  readonly ErrorPath?: string;
  readonly CausePath?: string;
}

export type State =
  PassState | TaskState | ParallelState | ChoiceState | WaitState | SucceedState | FailState;

export interface Branch {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Machine extends Branch {
  /** Of the whole execution. */
  readonly TimeoutSeconds?: number;
}
