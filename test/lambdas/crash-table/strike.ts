import type { Branch, State } from '../../../lib/asl/definition';
import type { Execution as Running } from '../../../lib/asl/execution';
import { matches } from '../../../lib/asl/failure';
import type { HistoryEvent } from '../../../lib/asl/history';
import type { MachineName } from '../../../lib/contract/workflows';
import type { Seat } from '../../../lib/domain/protocol/seat';
import type { StateStore } from '../../../lib/ports/state-store';
import type { Execution } from '../../../lib/ports/workflows';
import type { CallLog, Strike } from '../crash';
import { strikingPorts } from '../crash';
import type { Play } from '../failover-scenarios';
import { play } from '../failover-scenarios';
import type { MachineRun, RunResult } from '../machine-run';
import { definitionOf, runMachine } from '../machine-run';
import type { Arena, Blow, Site, Variant } from './faults';
import type { Played } from './scenarios';

const NEVER = { expired: new Promise<never>(() => undefined), cancel: () => undefined };
const RUNNING: Execution = { status: 'running', failure: null };

/** `advance: claimed → prepared`: the ways that events which name the next phase have gone, over all runs. */
export const waysGone = new Set<string>();

const noteWays = ({ world }: Play): void => {
  const { store } = world.ports;
  const { apply } = store;
  const noted: StateStore['apply'] = async (event, claim) => {
    const seat = await apply(event, claim);
    if (event.type === 'advance') waysGone.add(`advance: ${event.seen.phase} → ${event.to}`);
    if (event.type === 'take-over') waysGone.add(`take-over: ${event.seen.phase} → ${event.phase}`);
    return seat;
  };
  Object.assign(store, { apply: noted });
};

/** Everything that was set going, so that none of it outlives the run unseen. */
interface Going {
  readonly executions: Map<string, Running>;
  readonly logs: CallLog[];
  readonly later: (() => unknown)[];
}

const portsOf = ({ world, clients }: Play, going: Going, strike: Strike | null) => {
  const log: CallLog = { calls: [], ends: [], hasStruck: false };
  going.logs.push(log);
  return strikingPorts(world.ports, { log, strike, meanwhile: clients.orderEverywhere });
};

const watched = (game: Play, going: Going): NonNullable<MachineRun['onStart']> => {
  const { workflows } = game.world;
  return (_machine, name, execution) => {
    going.executions.set(name, execution);
    workflows.executions.set(name, RUNNING);
    void execution.ended.then((ended) =>
      workflows.executions.set(
        name,
        ended.status === 'SUCCEEDED'
          ? { status: 'succeeded', failure: null }
          : { status: 'failed', failure: { error: ended.error, cause: ended.cause } },
      ),
    );
  };
};

/** A stop from outside reaches the execution that runs here. */
const stoppable = ({ world }: Play, going: Going): void => {
  const { stop } = world.workflows;
  world.workflows.stop = async (machine, name, reason) => {
    going.executions.get(name)?.stop('TakenOver', reason);
    return stop(machine, name, reason);
  };
};

const quiet = async (going: Going): Promise<void> => {
  await Promise.all([...going.executions.values()].map(({ ended }) => ended));
  for (const { ends } of going.logs) await Promise.allSettled(ends);
  // What a Lambda does behind its last call.
  await new Promise((resolve) => setImmediate(resolve));
};

/** How one run ended under one fault. */
export interface Struck {
  readonly result: RunResult;
  /** By reconcile-seat: the execution had left it held. */
  readonly isReconciled: boolean;
  /** Where the seat came to rest: after reconcile-seat, after the witnesses decided anew, after what came late. */
  readonly rests: readonly Seat[];
  /** Empty = every invariant holds. */
  readonly findings: readonly string[];
}

const settle = async ({ world, reconcile, goAgain }: Play) => {
  const isHeld = (await world.seatNow()).operation !== null;
  await reconcile();
  const reconciled = await world.seatNow();
  await goAgain();
  return { isHeld, rests: [reconciled, await world.seatNow()] };
};

const orphans = ({ world }: Play): readonly string[] =>
  [...world.workflows.executions]
    .filter(([, { status }]) => status === 'running')
    .map(([name]) => `execution ${name} still runs`);

const runWith = (game: Play, scenario: Played, hooks: Partial<MachineRun>): Promise<RunResult> => {
  const { machine, execution, input } = scenario;
  const { clock, ports } = game.world;
  return runMachine({ machine, execution, clock, portsFor: () => ports, ...hooks }, input);
};

const hooksOf = (
  { machine }: Played,
  { state }: Site,
  blow: Blow,
): Pick<MachineRun, 'around' | 'deadline' | 'onEvent'> => ({
  around: (attempt) =>
    attempt.machine === machine && attempt.call.state === state && blow.invoke !== undefined
      ? blow.invoke(attempt)
      : attempt.invoke(),
  deadline: (ms, call) => (call?.state === state ? (blow.deadline?.(ms, call) ?? NEVER) : NEVER),
  onEvent: (of, event: HistoryEvent) => (of === machine ? blow.onEvent?.(event) : undefined),
});

/** One run of the scenario with the fault at the state, then whatever settles it, then what comes late. */
export const strikeOnce = async (scenario: Played, site: Site, variant: Variant): Promise<Struck> => {
  const game = await play(scenario);
  const going: Going = { executions: new Map(), logs: [], later: [] };
  stoppable(game, going);
  noteWays(game);
  const arena: Arena = {
    portsWith: (strike) => portsOf(game, going, strike),
    plain: portsOf(game, going, null),
    advance: (ms) => game.world.clock.advance(ms),
    afterwards: (job) => void going.later.push(job),
    abort: () => going.executions.get(scenario.execution)?.stop('Aborted', 'from the console'),
  };
  const result = await runWith(game, scenario, {
    ...hooksOf(scenario, site, variant.strike(arena)),
    portsFor: () => portsOf(game, going, null),
    onStart: watched(game, going),
  });
  const first = await settle(game);
  for (const job of going.later) await job();
  await quiet(going);
  const last = await settle(game);
  return {
    result,
    isReconciled: first.isHeld || last.isHeld,
    rests: [...first.rests, ...last.rests],
    findings: [...(await game.findings()), ...orphans(game)],
  };
};

const THROTTLED = 'Lambda.TooManyRequestsException';

const statesIn = ({ States }: Branch): readonly (readonly [string, State])[] =>
  Object.entries(States).flatMap((entry) => [
    entry,
    ...(entry[1].Type === 'Parallel' ? entry[1].Branches.flatMap(statesIn) : []),
  ]);

/** Every state of a machine, those of its branches too. */
export const statesOf = (machine: MachineName): ReadonlyMap<string, State> =>
  new Map(statesIn(definitionOf(machine)));

const isRetried = (state: State | undefined): boolean =>
  state?.Type === 'Task' && (state.Retry ?? []).some((retrier) => matches(retrier, THROTTLED));

/** The calls that leave each state's Lambda when nothing disturbs the run, and the states in their order. */
export const sitesOf = async (scenario: Played): Promise<readonly Site[]> => {
  const game = await play(scenario);
  const going: Going = { executions: new Map(), logs: [], later: [] };
  const calls = new Map<string, readonly string[]>();
  const { history } = await runWith(game, scenario, {
    onStart: watched(game, going),
    around: ({ machine, call, lambda, invoke }) => {
      const ports = portsOf(game, going, null);
      const isOwn = machine === scenario.machine && lambda !== null;
      if (isOwn) calls.set(call.state, going.logs.at(-1)?.calls ?? []);
      return invoke(ports);
    },
  });
  const states = statesOf(scenario.machine);
  const entered = history.flatMap((event) => (event.type === 'StateEntered' ? [event.name] : []));
  return entered.map((state) => ({
    state,
    isTask: states.get(state)?.Type === 'Task',
    isRetried: isRetried(states.get(state)),
    calls: calls.get(state) ?? [],
  }));
};
