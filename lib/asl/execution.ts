import type { Machine } from './definition';
import { StatesError, StatesName } from './failure';
import type { Ended, HappenedEvent, HistoryEvent } from './history';
import type { Json } from './json';
import { overTheWire } from './json';
import type { ExecutionPorts } from './ports';
import { createScope, Halted } from './scope';
import { walk } from './walk';

/** Ended from outside: by its own TimeoutSeconds, or by StopExecution. */
class Stopped extends Halted {
  constructor(
    readonly status: 'TIMED_OUT' | 'ABORTED',
    readonly error: string,
    readonly text: string,
  ) {
    super(`${status}: ${error}`);
  }
}

export interface Start {
  /** $$.Execution.Name */
  readonly name: string;
  readonly input: unknown;
}

export interface Execution {
  /** Rejects only for a fault of the interpreter's caller or of its own. */
  readonly ended: Promise<Ended>;
  /** Grows as it goes. */
  readonly history: readonly HistoryEvent[];
  /** StopExecution: nothing more is scheduled; what is in flight runs on. Once it has ended: nothing. */
  stop(error: string, cause: string): void;
}

const endedBy = (cause: unknown): Ended => {
  if (cause instanceof Stopped) return { status: cause.status, error: cause.error, cause: cause.text };
  if (cause instanceof StatesError) return { status: 'FAILED', error: cause.error, cause: cause.text };
  throw cause;
};

const LAST_EVENT = {
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

const lastEvent = (ended: Ended): HappenedEvent =>
  ended.status === 'SUCCEEDED'
    ? { type: 'ExecutionSucceeded', output: ended.output }
    : { type: LAST_EVENT[ended.status], error: ended.error, cause: ended.cause };

/**
 * Runs a machine as Step Functions would (Standard, JSONPath). Deterministic: the order of everything follows from the
 * ports alone, and no time passes but theirs.
 */
export const startExecution = (machine: Machine, start: Start, ports: ExecutionPorts): Execution => {
  const history: HistoryEvent[] = [];
  const record = (happened: HappenedEvent): void => {
    const event = { ...happened, atMs: ports.nowMs() };
    history.push(event);
    ports.onEvent?.(event);
  };
  const scope = createScope();
  const seconds = machine.TimeoutSeconds;
  const deadline = seconds === undefined ? null : ports.deadline(seconds * 1_000, null);
  void deadline?.expired.then(() => scope.end(new Stopped('TIMED_OUT', StatesName.timeout, '')));

  const run = async (): Promise<Ended> => {
    const input: Json = overTheWire(start.input);
    record({ type: 'ExecutionStarted', input });
    const ended = await scope
      .race(walk({ ports, record, name: start.name }, scope, machine, input))
      .then((output): Ended => ({ status: 'SUCCEEDED', output }))
      .catch(endedBy);
    deadline?.cancel();
    record(lastEvent(ended));
    return ended;
  };
  return {
    // Not before the caller holds what can stop it.
    ended: Promise.resolve().then(run),
    history,
    stop: (error, cause) => scope.end(new Stopped('ABORTED', error, cause)),
  };
};
