import type { MachineName } from '../../lib/contract/workflows';
import type { WitnessId } from '../../lib/domain/topology';
import type { Weights } from '../../lib/ports/traffic';
import type { Answer, Call } from './calls';
import { DONE, GONE, SILENT, told } from './calls';
import type { Explorer } from './explorer';
import { lookAgain, observationsOf } from './looking';
import { applyToSeat, decisionOf, seatAnswer } from './seat-store';
import { seatOfId } from './seats';
import type { DataZone, Looked, World } from './world';

/** The control plane: state table, workflow service, traffic switch, witnesses that are asked. */

const lookKey = ({ grid, rounds }: Looked): string => `${grid} ${rounds.join('.')}`;

const stored = (world: World, { rules }: Explorer) => observationsOf(world.looked, rules.see);

/** Each witness that can looks once more and writes it down; those asked are in the answer. */
const freshRound = (world: World, explorer: Explorer, asked: readonly WitnessId[]): Answer => {
  lookAgain(world, 1);
  world.asked = seatOfId(world.seat).operation !== null;
  const seen = stored(world, explorer).filter(({ witness }) => asked.includes(witness));
  return told(`asked ${asked.join()} ${lookKey(world.looked)}`, seen);
};

const weightsOf = ({ traffic }: World): Weights => ({
  'az-a': traffic === 'az-a' ? 100 : 0,
  'az-b': traffic === 'az-b' ? 100 : 0,
});

const weightsAnswer = (world: World): Answer => told(`traffic ${world.traffic}`, weightsOf(world));

/** Stopped executions are carried on by nobody; the Lambda that runs for one lives on (§3b.1). */
const stopExecution = (world: World, name: string): Answer => {
  if (world.executions[name] === 'running') world.executions[name] = 'failed';
  for (const process of world.processes)
    if (process.execution === name && process.kind === 'task')
      Object.assign(process, { kind: 'zombie', execution: '', place: -1 });
  return DONE;
};

const describe = (world: World, name: string): Answer => {
  const status = world.executions[name] ?? 'unknown';
  return told(`execution ${status}`, { status, failure: null });
};

/** Begins an execution; the same name twice runs once. */
export const startExecution = (
  world: World,
  explorer: Explorer,
  start: { readonly machine: MachineName; readonly name: string; readonly input: unknown },
): Answer => {
  const isIdempotent = !explorer.rules.flaws.has('start-is-not-idempotent');
  const isTaken = world.executions[start.name] !== undefined;
  if (isTaken && isIdempotent) return DONE;
  const name = isTaken ? `${start.name}'` : start.name;
  world.executions[name] = 'running';
  const step = explorer.machines.begin(start.machine, start.name, start.input);
  if (!('place' in step)) throw new Error(`${start.machine} ends before its first task`);
  const { lambda, input } = explorer.machines.at(step.place);
  world.processes.push({
    kind: 'task',
    execution: name,
    place: step.place,
    node: explorer.runs.start(lambda, input),
    stage: 0,
    lock: '',
    lockEpoch: 0,
  });
  return DONE;
};

type Service = (world: World, explorer: Explorer, call: Call) => Answer;

/** Answered in the instant in which they are asked: that the answer may be old is played at the next call. */
const AT_ONCE: Readonly<Record<string, Service>> = {
  'store.readObservations': (world, explorer) =>
    told(`rounds ${lookKey(world.looked)}`, stored(world, explorer)),
  'store.readDecision': (world, _explorer, call) => {
    const record = decisionOf(world, call.args[0] as number);
    return told(`decision ${record === null ? 'none' : world.record}`, record);
  },
  'witnesses.freshRound': (world, explorer, call) =>
    freshRound(world, explorer, call.args[0] as readonly WitnessId[]),
  'api.probe': (world, _explorer, call) => {
    const isWell = world.zones[call.args[0] as DataZone] === 'well';
    return told(`api ${isWell}`, { state: isWell ? 'ok' : 'failed', reason: null, latencyMs: 1 });
  },
  'traffic.current': (world) => weightsAnswer(world),
  'workflows.describe': (world, _explorer, call) => describe(world, String(call.args[1])),
  'workflows.stop': (world, _explorer, call) => stopExecution(world, String(call.args[1])),
};

const IN_TURN: Readonly<Record<string, Service>> = {
  'store.readSeat': (world) => seatAnswer(seatOfId(world.seat)),
  'store.readSituation': (world, explorer) => {
    const observations = stored(world, explorer);
    const key = `situation ${world.seat} ${lookKey(world.looked)}`;
    return told(key, { seat: seatOfId(world.seat), observations });
  },
  'store.apply': (world, explorer, call) => applyToSeat(world, call, explorer.rules),
  'traffic.shift': (world, _explorer, call) => {
    const weights = call.args[0] as Weights;
    world.traffic = (weights['az-b'] ?? 0) > 0 ? 'az-b' : 'az-a';
    return weightsAnswer(world);
  },
  'workflows.start': (world, explorer, call) => {
    const [machine, name, input] = call.args as [MachineName, string, unknown];
    return startExecution(world, explorer, { machine, name, input });
  },
};

export const isAtOnce = (call: Call): boolean => call.name in AT_ONCE;

export const answerAtOnce: Service = (world, explorer, call) => {
  const service = AT_ONCE[call.name];
  if (service === undefined) throw new Error(`${call.name} is not answered at once`);
  return service(world, explorer, call);
};

/** The control plane's answer to a call that is carried out now; null when it is for the engine. */
export const answerInTurn = (world: World, explorer: Explorer, call: Call): Answer | null =>
  IN_TURN[call.name]?.(world, explorer, call) ?? null;

/** What the caller is told when the answer does not come. */
export const lostAnswerTo = (call: Call): Answer => {
  if (call.name === 'postgres.probe')
    return told('probe failed', { state: 'failed', reason: 'timeout', latencyMs: null });
  if (call.name.startsWith('store.') || call.name === 'workflows.start') return GONE;
  return SILENT;
};
