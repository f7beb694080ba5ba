import type { Answer, Call } from './calls';
import { callOfId, isError, SILENT } from './calls';
import { DeadlineExceeded } from '../../lib/domain/errors';
import type { Explorer } from './explorer';
import type { Result } from './local-run';
import type { Progress } from './postgres';
import { lockedZoneOf, performOnPostgres, takeGateAway } from './postgres';
import { answerAtOnce, answerInTurn, isAtOnce, lostAnswerTo } from './services';
import type { Process, World } from './world';
import { breach } from './world';

/** How a controller goes on: its pending call is carried out, or fails, or it is gone. */

export const pendingOf = ({ runs }: Explorer, process: Process): Call => {
  if (process.kind === 'late') return callOfId(process.node);
  const call = runs.at(process.node).pending;
  if (call === null) throw new Error('an ended run is no process');
  return call;
};

const remove = (world: World, process: Process): void => {
  world.processes = world.processes.filter((other) => other !== process);
};

/** The task is over: the machine goes on, or the execution has ended. */
const endTask = (world: World, explorer: Explorer, process: Process, result: Result): void => {
  const step = explorer.machines.end(process.place, result);
  if ('ended' in step) {
    world.executions[process.execution] = step.ended;
    remove(world, process);
    return;
  }
  const { lambda, input } = explorer.machines.at(step.place);
  Object.assign(process, { place: step.place, node: explorer.runs.start(lambda, input) });
  runOn(world, explorer, process);
};

/** On to the next call that the world has to be asked for at an instant of its own. */
const runOn = (world: World, explorer: Explorer, process: Process): void => {
  Object.assign(process, { stage: 0, lock: '', lockEpoch: 0 });
  const { pending, result } = explorer.runs.at(process.node);
  if (result !== null) {
    if (process.kind === 'task') endTask(world, explorer, process, result);
    else remove(world, process);
    return;
  }
  if (pending === null || !isAtOnce(pending)) return;
  process.node = explorer.runs.next(process.node, answerAtOnce(world, explorer, pending));
  runOn(world, explorer, process);
};

interface Told {
  readonly answer: Answer;
  readonly said: Answer;
}

/** §3b.11: whoever is told that its claim was refused does not hold the seat. */
const checkTold = (world: World, call: Call, { answer, said }: Told): void => {
  if (call.name === 'store.apply' && isError(said) && !isError(answer))
    breach(
      world,
      'I5 OneAtATime',
      'a change of the seat went through, and who made it was told that it was refused',
    );
};

/** The pending call comes back. */
export const deliver = (world: World, explorer: Explorer, process: Process, answer: Answer): void => {
  if (process.kind === 'late') return remove(world, process);
  const call = pendingOf(explorer, process);
  const said = explorer.rules.tell(call, answer, world);
  checkTold(world, call, { answer, said });
  process.node = explorer.runs.next(process.node, said);
  runOn(world, explorer, process);
};

/** Carries the pending call one stage further. */
export const perform = (world: World, explorer: Explorer, process: Process): Progress => {
  const call = pendingOf(explorer, process);
  const progress =
    answerInTurn(world, explorer, call) ?? performOnPostgres({ world, call, process, rules: explorer.rules });
  if (progress === 'next') process.stage += 1;
  else if (progress !== 'blocked') deliver(world, explorer, process, progress);
  return progress;
};

/** The answer does not come; nothing more of the call happens. */
export const loseAnswer = (world: World, explorer: Explorer, process: Process): void =>
  deliver(world, explorer, process, lostAnswerTo(pendingOf(explorer, process)));

/** The answer does not come; what was asked for is still under way. */
export const leaveBehind = (world: World, explorer: Explorer, process: Process): void => {
  const late: Process = {
    ...process,
    kind: 'late',
    execution: '',
    place: -1,
    node: pendingOf(explorer, process).id,
  };
  loseAnswer(world, explorer, process);
  world.processes.push(late);
};

/** A wait that its caller gives up. */
export const giveUp = (world: World, explorer: Explorer, process: Process): void => {
  const call = pendingOf(explorer, process);
  const zone = lockedZoneOf(call);
  if (zone !== null) takeGateAway({ world, call, rules: explorer.rules }, zone);
  deliver(world, explorer, process, SILENT);
};

const failTask = (world: World, explorer: Explorer, process: Process): void =>
  endTask(world, explorer, process, { ok: false, error: new DeadlineExceeded('the task has failed') });

/** The Lambda's process is gone. Its task fails; whoever has no task is just gone. */
export const crash = (world: World, explorer: Explorer, process: Process): void => {
  if (process.kind === 'task') failTask(world, explorer, process);
  else remove(world, process);
};

export const mayRetry = ({ machines }: Explorer, process: Process): boolean =>
  process.kind === 'task' && machines.at(process.place).retries;

/** The Lambda is gone, and its task is delivered again. */
export const redeliver = (world: World, explorer: Explorer, process: Process): void => {
  const { lambda, input } = explorer.machines.at(process.place);
  process.node = explorer.runs.start(lambda, input);
  runOn(world, explorer, process);
};

const asZombie = (process: Process): Process => ({ ...process, kind: 'zombie', execution: '', place: -1 });

/** The task has timed out, and its Lambda runs on (§3b.1). */
export const overrun = (world: World, explorer: Explorer, process: Process): void => {
  world.processes.push(asZombie(process));
  Object.assign(process, { lock: '', lockEpoch: 0, stage: 0 });
  failTask(world, explorer, process);
};

/** The Lambda service says that the task failed and delivers it again, and its first Lambda runs on beside it. */
export const doubleUp = (world: World, explorer: Explorer, process: Process): void => {
  world.processes.push(asZombie(process));
  Object.assign(process, { lock: '', lockEpoch: 0, stage: 0 });
  redeliver(world, explorer, process);
};

/** The execution is aborted from the console, and its Lambda runs on. */
export const abort = (world: World, process: Process): void => {
  world.executions[process.execution] = 'failed';
  Object.assign(process, asZombie(process));
};

/** A controller outside any state machine. */
export const summon = (world: World, explorer: Explorer, lambda: string, input: unknown): void => {
  const node = explorer.runs.start(lambda, input);
  const process: Process = {
    kind: 'caller',
    execution: '',
    place: -1,
    node,
    stage: 0,
    lock: '',
    lockEpoch: 0,
  };
  world.processes.push(process);
  runOn(world, explorer, process);
};

/** After a start: a first call that is answered at once. */
export const settleNewcomers = (world: World, explorer: Explorer): void => {
  for (const process of [...world.processes])
    if (process.kind === 'task' && process.stage === 0 && isAtOnce(pendingOf(explorer, process)))
      runOn(world, explorer, process);
};
