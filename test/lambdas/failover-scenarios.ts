import { reconcileSeat } from '../../lambdas/reconcile-seat/reconcile-seat';
import { claimOperation } from '../../lambdas/shared/claim';
import { freshSnapshot } from '../../lambdas/shared/fresh-evidence';
import { executionName } from '../../lib/contract/names';
import { decide } from '../../lib/domain/decision/decide';
import { CALM_GRID, ZONE_LOSS_GRID } from '../domain/decision/world';
import type { CallLog, Strike } from './crash';
import { strikingPorts } from './crash';
import { runMachine } from './machine-run';
import type { World } from './ports';
import { createWorld, DIED, keepLooking, putGrid } from './ports';

/** The failovers that the crash tests play, with clients that write all the time. */
export interface Scenario {
  readonly name: string;
  /** What the witnesses see, round by round. */
  readonly grid: string;
  readonly execution: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly prepare: (world: World) => Promise<void>;
  readonly ends: 'completed' | 'rolled-back';
}

const claimAutomatically = async (world: World): Promise<void> => {
  const snapshot = await freshSnapshot(world.ports);
  const decision = decide(snapshot);
  if (decision.kind !== 'failover')
    throw new Error(`no failover was decided: ${JSON.stringify(decision.reasons)}`);
  await claimOperation(world.ports, {
    snapshot,
    decision,
    trigger: 'witness',
    execution: executionName('orders', snapshot.seat.epoch + 1),
    overrideCooldown: false,
    acceptLossSeconds: null,
    reason: 'zone-loss',
  });
};

const found = {
  grid: ZONE_LOSS_GRID,
  execution: 'orders-e8',
  input: { epoch: 8 },
  ends: 'completed',
} as const;
const byHand = (mode: string) =>
  ({
    grid: CALM_GRID,
    execution: 'by-hand',
    input: { to: 'az-b', mode, reason: 'a test' },
    prepare: async () => undefined,
    ends: 'completed',
  }) as const;

export const SCENARIOS = {
  lost: {
    ...found,
    name: 'zone lost, found by the witnesses',
    prepare: async (world) => {
      world.lose('az-a');
      await claimAutomatically(world);
    },
  },
  frozen: {
    ...found,
    name: 'zone frozen, found by the witnesses',
    prepare: async (world) => {
      world.servers.freeze('az-a');
      world.servers.silenceHost('az-a');
      await claimAutomatically(world);
    },
  },
  cutOff: {
    ...found,
    name: 'zone cut off from the Region and alive for its clients',
    prepare: claimAutomatically,
  },
  planned: { ...byHand('planned'), name: 'planned by hand, both zones well' },
  emergency: { ...byHand('emergency'), name: 'emergency by hand, both zones well' },
  unfit: {
    ...byHand('planned'),
    name: 'planned by hand, the target does not verify',
    prepare: async (world) => {
      const verify = async () => ({ ok: false, findings: ['the fence row names nobody'], numbers: {} });
      Object.assign(world.ports.postgres, { verify });
    },
    ends: 'rolled-back',
  },
} as const satisfies Record<string, Scenario>;

/** Clients write in both zones all the time and keep what was acknowledged. */
const createClients = (world: World) => {
  const acknowledged: string[] = [];
  let orders = 0;
  const order = (zone: string): boolean => {
    const id = `order-${(orders += 1)}`;
    const isTaken = world.servers.write(zone, id) === 'acknowledged';
    if (isTaken) acknowledged.push(id);
    return isTaken;
  };
  return { acknowledged, orderEverywhere: (): readonly string[] => ['az-a', 'az-b'].filter(order) };
};

type Clients = ReturnType<typeof createClients>;

/** What must hold however it went: the seat is free, its zone alone acknowledges, nothing is lost. Empty = all well. */
const findingsIn = async (world: World, clients: Clients): Promise<readonly string[]> => {
  const { writer, operation } = await world.seatNow();
  const writers = clients.orderEverywhere();
  const kept = world.servers.at(writer).ids;
  const missing = clients.acknowledged.filter((id) => !kept.includes(id));
  const weights = await world.ports.traffic.current(1_000);
  const weighted = Object.keys(weights).filter((zone) => (weights[zone] ?? 0) > 0);
  return [
    ...(operation === null ? [] : [`the seat is held: ${operation.phase}`]),
    ...(writers.join() === writer ? [] : [`"${writers.join()}" acknowledge, the seat says ${writer}`]),
    ...(missing.length === 0 ? [] : [`${missing.length} acknowledged orders are missing`]),
    ...(weighted.join() === writer ? [] : [`traffic goes to ${weighted.join()}, not to ${writer}`]),
  ];
};

export interface Play {
  readonly world: World;
  readonly clients: Clients;
  /** Runs the scenario's execution; a strike hits it, and then it is gone or its Catch goes on. */
  run(strike: Strike | null, ending: 'caught' | 'died'): Promise<CallLog>;
  /** Reconciles until the seat is free, at most a few times. */
  reconcile(): Promise<void>;
  /** One reconcile that is struck. */
  reconcileStruck(strike: Strike): Promise<CallLog>;
  /** What was given back before its first effect is decided and done again. */
  goAgain(): Promise<void>;
  findings(): Promise<readonly string[]>;
}

const RECONCILES = 3;

/** Also what its Lambda did not wait for. */
const everyCallOf = async ({ ends }: CallLog): Promise<void> => {
  for (let seen = -1; seen < ends.length;) {
    seen = ends.length;
    await Promise.allSettled(ends);
  }
};

const gone = (): never => {
  throw new Error('the execution is gone');
};

export const play = async (scenario: Scenario): Promise<Play> => {
  const world = await createWorld();
  const clients = createClients(world);
  clients.orderEverywhere();
  await putGrid(world, scenario.grid);
  keepLooking(world, scenario.grid);
  await scenario.prepare(world);
  const striking = (log: CallLog, strike: Strike | null) =>
    strikingPorts(world.ports, { log, strike, meanwhile: () => void clients.orderEverywhere() });
  const newLog = (): CallLog => ({ calls: [], ends: [], hasStruck: false });

  return {
    world,
    clients,
    run: async (strike, ending) => {
      const log = newLog();
      const portsFor = () => (ending === 'died' && log.hasStruck ? gone() : striking(log, strike));
      const { execution, input } = scenario;
      const ended = await runMachine({ machine: 'failover', execution, portsFor }, input).catch(() => null);
      await everyCallOf(log);
      if (ended?.ended !== 'Succeed') world.workflows.executions.set(execution, DIED);
      return log;
    },
    reconcile: async () => {
      for (let times = 0; times < RECONCILES && (await world.seatNow()).operation !== null; times += 1)
        await reconcileSeat(world.ports).catch(() => undefined);
    },
    reconcileStruck: async (strike) => {
      const log = newLog();
      await reconcileSeat(striking(log, strike)).catch(() => undefined);
      return log;
    },
    goAgain: async () => {
      const { epoch, writer, lastOutcome } = await world.seatNow();
      const { power, isFrozen } = world.servers.at(writer);
      if (lastOutcome?.result !== 'released' || (power === 'running' && !isFrozen)) return;
      const { checkIntervalMs, failureThreshold } = world.topology.policy;
      world.clock.advance(checkIntervalMs * failureThreshold);
      await claimAutomatically(world);
      const execution = executionName('orders', epoch + 1);
      await runMachine({ machine: 'failover', execution, portsFor: () => world.ports }, { epoch: epoch + 1 });
    },
    findings: () => findingsIn(world, clients),
  };
};
