import { reconcileSeat } from '../../lambdas/reconcile-seat/reconcile-seat';
import { claimOperation } from '../../lambdas/shared/claim';
import { freshSnapshot } from '../../lambdas/shared/fresh-evidence';
import type { MachineName } from '../../lib/contract/workflows';
import { executionName } from '../../lib/contract/names';
import type { OutcomeResult, Seat } from '../../lib/domain/protocol/seat';
import { placeOf } from '../../lib/domain/protocol/seat';
import { Store } from '../../lib/domain/topology';
import type { ShiftPolicy } from '../../lib/domain/traffic/shift-policy';
import { trafficOf } from '../../lib/domain/traffic/traffic-of';
import { differs } from '../../lib/domain/traffic/weights';
import { decide } from '../../lib/domain/decision/decide';
import { CALM_GRID, ZONE_LOSS_GRID } from '../domain/decision/world';
import type { CallLog, Strike } from './crash';
import { strikingPorts } from './crash';
import { LADDER } from './ladder';
import { runMachine } from './machine-run';
import type { World } from './ports';
import { createWorld, DIED, keepLooking, operationAt, putGrid } from './ports';

/** The failovers that the crash tests play, with clients that write all the time. */
export interface Scenario {
  readonly name: string;
  /** What the witnesses see, round by round. */
  readonly grid: string;
  readonly machine: MachineName;
  readonly execution: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly prepare: (world: World) => Promise<void>;
  /** What the seat then says of it; null: nothing was claimed. */
  readonly ends: OutcomeResult | null;
  /** A step that fails for another reason first has the move finished by somebody else, who does not meet this one. */
  readonly mayComplete?: true;
  /** The seat that it begins with. */
  readonly seat?: Partial<Seat>;
  readonly hasRedis?: true;
  readonly hasKafka?: true;
  readonly hasObjects?: true;
  /** A planned move's traffic goes over in steps. */
  readonly progressive?: ShiftPolicy;
  /** How Redis differs from what the grid says of PostgreSQL, by zone. */
  readonly redisIs?: Readonly<Record<string, string>>;
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
  machine: 'failover',
  grid: ZONE_LOSS_GRID,
  execution: 'orders-e8',
  input: { epoch: 8 },
  ends: 'completed',
} as const;
const byHand = (mode: string) =>
  ({
    machine: 'failover',
    grid: CALM_GRID,
    execution: 'by-hand',
    input: { to: 'az-b', mode, reason: 'a test' },
    prepare: async () => undefined,
    ends: 'completed',
  }) as const;

/** The target's clients are served while few of them come, and no more from this share on. */
const failAtShare = ({ ports }: World, share: number): void => {
  const well = { requests: 20, errors: 0, p99Ms: 20, utilisationPercent: 10 };
  const since = async () => {
    const { 'az-b': weight = 0 } = await ports.traffic.current(1);
    return { ...well, errors: weight >= share ? 20 : 0 };
  };
  Object.assign(ports.samples, { mark: async () => 'mark', since });
};

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
  lostWithRedis: {
    ...found,
    name: 'zone lost with PostgreSQL and Redis, found by the witnesses',
    hasRedis: true,
    prepare: async (world) => {
      world.lose('az-a');
      await claimAutomatically(world);
    },
  },
  redisLost: {
    ...found,
    name: 'Redis alone lost, found by the witnesses',
    grid: CALM_GRID,
    hasRedis: true,
    prepare: async (world) => {
      world.redis.kill('az-a');
      await claimAutomatically(world);
    },
    redisIs: { 'az-a': 'F' },
  },
  plannedWithRedis: {
    ...byHand('planned'),
    name: 'PostgreSQL and Redis, planned by hand, both zones well',
    hasRedis: true,
  },
  plannedOfAll: {
    ...byHand('planned'),
    name: 'PostgreSQL, Redis, Kafka and objects, planned by hand, both zones well',
    hasRedis: true,
    hasKafka: true,
    hasObjects: true,
  },
  lostWithAll: {
    ...found,
    name: 'zone lost with PostgreSQL, Redis, Kafka and objects, found by the witnesses',
    hasRedis: true,
    hasKafka: true,
    hasObjects: true,
    prepare: async (world) => {
      world.lose('az-a');
      await claimAutomatically(world);
    },
  },
  inSteps: {
    ...byHand('planned'),
    name: 'planned by hand, the traffic in steps',
    progressive: LADDER,
  },
  breached: {
    ...byHand('planned'),
    name: 'planned by hand, the traffic in steps, and the target fails at the second one',
    progressive: LADDER,
    prepare: async (world) => failAtShare(world, 25),
    ends: 'failed',
    mayComplete: true,
  },
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

const claimedOf = (kind: 'degrade' | 'rejoin', changes: Partial<Seat>) => {
  const [from, to] = kind === 'degrade' ? ['az-a', 'az-b'] : ['az-b', 'az-a'];
  return {
    machine: kind,
    grid: CALM_GRID,
    execution: 'orders-e8',
    input: { epoch: 8 },
    ends: 'completed',
    seat: {
      ...changes,
      epoch: 8,
      eligible: null,
      operation: operationAt(8, { kind, from, to, mode: 'planned', eligibleBefore: { postgres: null } }),
    },
  } as const;
};

/** What happens to the standby of a writer that goes on. */
export const STANDBY_SCENARIOS = {
  degrade: {
    ...claimedOf('degrade', {}),
    name: 'the standby is lost, and the writer let go on',
    prepare: async ({ servers }) => servers.kill('az-b'),
  },
  slandered: {
    ...claimedOf('degrade', {}),
    name: 'the standby is given up and lives',
    prepare: async () => undefined,
  },
  rejoin: {
    ...claimedOf('rejoin', { writer: 'az-b' }),
    name: 'the old writer is back, and rejoins',
    prepare: async ({ ports, servers }) => {
      const effect = { epoch: 7, deadlineMs: 1 };
      await ports.postgres.ensureWriterIn('az-b', effect);
      await ports.postgres.admitWrites('az-b', effect);
      await ports.traffic.shift({ 'az-a': 0, 'az-b': 100 }, 1);
      servers.write('az-b', 'diverges');
    },
  },
  rebuild: {
    machine: 'rejoin',
    grid: CALM_GRID,
    execution: 'by-hand',
    input: { rebuild: 'postgres', to: 'az-b', seatEpoch: 7, keep: true, reason: 'a test' },
    prepare: async () => undefined,
    ends: 'completed',
    name: 'a copy is made anew from its writer, by hand',
  },
} as const satisfies Record<string, Scenario>;

/** A store of the world, and what its clients have of it. */
interface Clientele {
  readonly store: Store;
  readonly servers: World['servers'];
  readonly acknowledged: string[];
}

/** Clients write to each store in both zones all the time and keep what was acknowledged. */
const createClients = ({ servers, redis, hasRedis, objects, hasObjects }: World) => {
  const stores: readonly Clientele[] = [
    { store: 'postgres', servers, acknowledged: [] },
    ...(hasRedis ? [{ store: Store.redis, servers: redis, acknowledged: [] }] : []),
    ...(hasObjects ? [{ store: Store.objects, servers: objects, acknowledged: [] }] : []),
  ];
  let orders = 0;
  const order = ({ servers: at, acknowledged }: Clientele, zone: string): boolean => {
    const id = `order-${(orders += 1)}`;
    const isTaken = at.write(zone, id) === 'acknowledged';
    if (isTaken) acknowledged.push(id);
    return isTaken;
  };
  const takenBy = (of: Clientele): readonly string[] => ['az-a', 'az-b'].filter((zone) => order(of, zone));
  return {
    stores,
    takenBy,
    orderEverywhere: (): void => {
      for (const each of stores) takenBy(each);
    },
  };
};

type Clients = ReturnType<typeof createClients>;

const findingsOf = (seat: Seat, clients: Clients, of: Clientele): readonly string[] => {
  const { store, servers, acknowledged } = of;
  const { writer, eligible } = placeOf(seat, store);
  const { syncName } = servers.at(writer);
  const isWaitedFor = eligible === null || syncName.startsWith(`${eligible}-e`);
  const writers = clients.takenBy(of);
  const kept = servers.at(writer).ids;
  const missing = acknowledged.filter((id) => !kept.includes(id));
  const name = store === 'postgres' ? '' : `${store}: `;
  return [
    ...(isWaitedFor ? [] : [`${name}${eligible} is eligible, and ${writer} waits for "${syncName}" (I2)`]),
    ...(writers.join() === writer ? [] : [`${name}"${writers.join()}" acknowledge, the seat says ${writer}`]),
    ...(missing.length === 0 ? [] : [`${name}${missing.length} acknowledged orders are missing`]),
  ];
};

/** Whoever leads has every record: only where is looked at. */
const kafkaFindings = ({ hasKafka, kafka }: World, seat: Seat): readonly string[] => {
  const { writer } = placeOf(seat, Store.kafka);
  return !hasKafka || kafka.leader === writer
    ? []
    : [`kafka: led in ${kafka.leader}, the seat says ${writer}`];
};

/**
 * What must hold however it went: the seat is free, its zone alone acknowledges, nothing is lost, and who is eligible
 * is waited for. Empty = all well.
 */
const findingsIn = async (world: World, clients: Clients): Promise<readonly string[]> => {
  const seat = await world.seatNow();
  const { operation } = seat;
  const ofStores = clients.stores.flatMap((each) => findingsOf(seat, clients, each));
  const weights = await world.ports.traffic.current(1_000);
  const weighted = Object.keys(weights).filter((zone) => (weights[zone] ?? 0) > 0);
  const belongs = trafficOf(seat, ['az-a', 'az-b']) ?? weights;
  return [
    ...(operation === null ? [] : [`the seat is held: ${operation.phase}`]),
    ...ofStores,
    ...kafkaFindings(world, seat),
    ...(differs(belongs, weights)
      ? [`traffic goes to ${weighted.join()}, and belongs to ${JSON.stringify(belongs)}`]
      : []),
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

/** The calls of a run that nothing disturbs; a table over them must not be empty. */
export const callsOf = async (scenario: Scenario): Promise<readonly string[]> => {
  const { calls } = await (await play(scenario)).run(null, 'caught');
  if (!calls.includes('store.writeStep')) throw new Error(`${scenario.name} did not even begin`);
  return calls;
};

export const play = async (scenario: Scenario): Promise<Play> => {
  const { seat, hasRedis, hasKafka, hasObjects, redisIs, progressive } = scenario;
  const world = await createWorld({
    ...(seat === undefined ? {} : { seat }),
    ...(progressive === undefined ? {} : { progressive }),
    hasRedis: hasRedis === true,
    hasKafka: hasKafka === true,
    hasObjects: hasObjects === true,
  });
  Object.assign(world.redisIs, redisIs);
  const clients = createClients(world);
  clients.orderEverywhere();
  await putGrid(world, scenario.grid);
  keepLooking(world, scenario.grid);
  await scenario.prepare(world);
  const striking = (log: CallLog, strike: Strike | null) =>
    strikingPorts(world.ports, { log, strike, meanwhile: () => clients.orderEverywhere() });
  const newLog = (): CallLog => ({ calls: [], ends: [], hasStruck: false });

  return {
    world,
    clients,
    run: async (strike, ending) => {
      const log = newLog();
      const portsFor = () => (ending === 'died' && log.hasStruck ? gone() : striking(log, strike));
      const { machine, execution, input } = scenario;
      const { ended } = await runMachine({ machine, execution, clock: world.clock, portsFor }, input);
      await everyCallOf(log);
      if (ended !== 'Succeed') world.workflows.executions.set(execution, DIED);
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
      const seatThen = await world.seatNow();
      const { epoch, lastOutcome } = seatThen;
      const isDown = clients.stores.some(({ store, servers }) => {
        const { power, isFrozen } = servers.at(placeOf(seatThen, store).writer);
        return power !== 'running' || isFrozen;
      });
      if (lastOutcome?.result !== 'released' || !isDown) return;
      const { checkIntervalMs, failureThreshold } = world.topology.policy;
      world.clock.advance(checkIntervalMs * failureThreshold);
      await claimAutomatically(world);
      const execution = executionName('orders', epoch + 1);
      const { clock, ports } = world;
      await runMachine(
        { machine: 'failover', execution, clock, portsFor: () => ports },
        { epoch: epoch + 1 },
      );
    },
    findings: () => findingsIn(world, clients),
  };
};
