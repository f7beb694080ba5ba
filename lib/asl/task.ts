import type { TaskState } from './definition';
import { lambdaError, StatesError, StatesName } from './failure';
import type { Json } from './json';
import { overTheWire } from './json';
import { filled } from './paths';
import type { ExecutionPorts, TaskCall } from './ports';
import { Halted } from './scope';
import type { Visit } from './visit';

const answerOrTimeout = async (
  ports: ExecutionPorts,
  call: TaskCall,
  seconds: number | undefined,
): Promise<unknown> => {
  if (seconds === undefined) return ports.invoke(call);
  const deadline = ports.deadline(seconds * 1_000, call);
  const expired = deadline.expired.then(() => {
    throw new StatesError(StatesName.timeout, '');
  });
  try {
    return await Promise.race([ports.invoke(call), expired]);
  } finally {
    deadline.cancel();
  }
};

/** Scheduled, then answered, failed or given up; a Lambda that was given up runs on. */
const attemptOnce = async ({ run, scope, name }: Visit, state: TaskState, call: TaskCall): Promise<Json> => {
  const { resource, attempt, input } = call;
  run.record({ type: 'TaskScheduled', name, resource, attempt, input });
  try {
    const answer = await scope.race(answerOrTimeout(run.ports, call, state.TimeoutSeconds));
    const output = overTheWire(answer);
    run.record({ type: 'TaskSucceeded', name, output });
    return output;
  } catch (cause) {
    if (cause instanceof Halted) throw cause;
    const failure = lambdaError(cause);
    const { error, text } = failure;
    const type = error === StatesName.timeout ? 'TaskTimedOut' : 'TaskFailed';
    run.record({ type, name, error, cause: text });
    throw failure;
  }
};

/** The attempts of a Task, all with one input. */
export const taskOf = (visit: Visit, state: TaskState): ((attempt: number) => Promise<Json>) => {
  const { run, name, data } = visit;
  const { Parameters, Resource } = state;
  const input = Parameters === undefined ? data : filled(Parameters, data, run.name);
  return (attempt) =>
    attemptOnce(visit, state, { state: name, resource: Resource, input: overTheWire(input), attempt });
};
