import { setTimeout as sleep } from 'node:timers/promises';
import type { EvacError } from '../domain/errors';
import type { BurnDown } from '../domain/plan/burn-down';
import { burnDown } from '../domain/plan/burn-down';
import type { MovePlan } from '../domain/plan/move-plan';
import { planMove } from '../domain/plan/move-plan';
import type { Operation } from '../domain/protocol/seat';
import { movesWriter } from '../domain/protocol/seat';
import type { Execution } from '../ports/workflows';
import { OperationFailed, StillRunning } from './cli-errors';
import type { Connection } from './connection';
import { ExitCode, exitCodeOf } from './exit-code';
import { pastMoves } from './move-history';
import type { Output } from './output';

const POLL_MS = 100;

interface Followed {
  readonly machine: string;
  readonly name: string;
  readonly timeoutMs: number;
}

const against = (value: number, usual: number | null, what: string): string =>
  `${value.toFixed(2)} s${what}${usual === null ? '' : ` (usually ${usual.toFixed(2)})`}`;

const progressLine = (at: BurnDown): string => {
  const took = against(at.tookSeconds, at.usuallySeconds, '');
  const reached = against(at.reachedSeconds, at.usuallyReachedSeconds, ' in steps so far');
  const over =
    at.overSeconds > 0
      ? `; ${at.overSeconds.toFixed(2)} s over its budget, at most ${at.budgetLeftSeconds.toFixed(2)} s left for the rest`
      : '';
  return `  step ${at.position} of ${at.of}: ${at.name} ${at.status} in ${took}, ${reached}${over}`;
};

const planFor = async ({ store, topology }: Connection, operation: Operation): Promise<MovePlan> => {
  const past = await pastMoves(store, operation.epoch);
  const inSteps = topology.traffic.progressive !== undefined;
  return planMove({ ...operation, policy: topology.policy, past, inSteps });
};

/**
 * Says each journalled step of the plan once, as "step n of m", with what it and all steps so far take and usually take;
 * what passes between steps is in no line of the journal, so it is in none of these times.
 */
const createProgress = (connection: Connection, output: Output) => {
  const said = new Set<string>();
  const plans = new Map<number, MovePlan>();
  const followed = async (operation: Operation): Promise<void> => {
    if (plans.has(operation.epoch)) return;
    plans.set(operation.epoch, await planFor(connection, operation));
  };
  return async (): Promise<void> => {
    const running = (await connection.store.readSeat())?.operation ?? null;
    // A degrade or a rejoin may hold the seat before or after: not what is followed.
    if (running !== null && movesWriter(running.kind)) await followed(running);
    for (const [epoch, plan] of plans)
      for (const at of burnDown(plan, await connection.store.readSteps(epoch))) {
        const key = `${epoch}/${at.name}/${at.status}`;
        if (said.has(key)) continue;
        said.add(key);
        output.note(progressLine(at));
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
