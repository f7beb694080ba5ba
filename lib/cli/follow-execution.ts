import { setTimeout as sleep } from 'node:timers/promises';
import { MACHINES } from '../contract/workflows';
import type { EvacError } from '../domain/errors';
import type { Execution } from '../ports/workflows';
import { OperationFailed, StillRunning } from './cli-errors';
import type { Connection } from './connection';
import type { Output } from './output';
import { ExitCode, exitCodeOf } from './exit-code';

const POLL_MS = 100;

interface Followed {
  readonly machine: string;
  readonly name: string;
  readonly timeoutMs: number;
}

const STEPS = Object.values<string>(MACHINES.failover).filter((name) => name !== 'roll-back');

/** Says each journalled step once, as "step n of m". */
const createProgress = (connection: Connection, output: Output) => {
  const said = new Set<string>();
  return async (): Promise<void> => {
    const seat = await connection.store.readSeat();
    const epoch = seat?.operation?.epoch ?? seat?.lastOutcome?.epoch;
    if (epoch === undefined) return;
    for (const step of await connection.store.readSteps(epoch)) {
      const key = `${step.epoch}/${step.name}/${step.status}`;
      if (said.has(key)) continue;
      said.add(key);
      const seconds = ((step.endedAtMs - step.startedAtMs) / 1000).toFixed(2);
      const position = STEPS.indexOf(step.name) + 1;
      const place = position > 0 ? `step ${position} of ${STEPS.length}` : 'step';
      output.note(`  ${place}: ${step.name} ${step.status} (${seconds} s)`);
    }
  };
};

/** The state machine ends with the outcome's result as its error; a refusal carries the refusing error's name first. */
const failureOf = ({ failure }: Execution): EvacError => {
  const cause = failure?.cause ?? '';
  const [name = ''] = cause.split(':');
  const message = cause === '' ? `the execution failed: ${failure?.error ?? 'no reason given'}` : cause;
  const error = new OperationFailed(message);
  if (failure?.error === 'refused' && exitCodeOf(name) !== ExitCode.failed) error.name = name;
  return error;
};

/** Waits for an execution, saying its steps. @throws the refusal or failure it ended with, StillRunning past the deadline */
export const followExecution = async (
  connection: Connection,
  output: Output,
  followed: Followed,
): Promise<void> => {
  const endMs = performance.now() + followed.timeoutMs;
  const sayProgress = createProgress(connection, output);
  while (performance.now() < endMs) {
    const execution = await connection.workflows.describe(followed.machine, followed.name);
    await sayProgress();
    if (execution.status === 'succeeded') return;
    if (execution.status === 'failed') throw failureOf(execution);
    await sleep(POLL_MS);
  }
  throw new StillRunning(
    `${followed.machine} ${followed.name} still runs after ${followed.timeoutMs / 1000} s; ` +
      `look at it with evac status, or at the execution in the Step Functions console of ${connection.where}`,
  );
};
