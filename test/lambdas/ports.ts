import type { Observation, ProbeResult } from '../../lib/domain/observation';
import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import type { Policy, Topology, WitnessId, ZoneId } from '../../lib/domain/topology';
import type { BalancePolicy } from '../../lib/domain/traffic/balance';
import type { ShiftPolicy } from '../../lib/domain/traffic/shift-policy';
import { witnessesOf } from '../../lib/domain/topology';
import { createHostProber } from '../../lib/engines/host-agent/host-prober';
import { createMemoryEngine } from '../../lib/engines/memory/memory-engine';
import { objectsCapabilities } from '../../lib/engines/object-store/replicated/capabilities';
import { createMemoryQuorum, createMemoryQuorumEngine } from '../../lib/engines/memory/memory-quorum';
import { createMemoryHosts } from '../../lib/engines/memory/memory-hosts';
import { createMemoryServers } from '../../lib/engines/memory/memory-servers';
import type { Clock } from '../../lib/ports/clock';
import type { Engine, Prober } from '../../lib/ports/engine';
import type { MetricDatum } from '../../lib/ports/metrics';
import type { Execution, Workflows } from '../../lib/ports/workflows';
import { createMemoryStore } from '../../lib/state/memory-store';
import type { Item } from '../../lib/state/parse-item';
import { createMemoryTraffic } from '../../lib/traffic/memory/memory-traffic';
import { createNoSamples } from '../../lib/traffic/samples/no-samples';
import type { Ports } from '../../lambdas/shared/ports';
import {
  FAILED,
  gridOf,
  NOW_MS,
  observationOf,
  OK,
  replicationWith,
  seatWith,
  seenWithKafka,
  seenWithObjects,
  seenWithRedis,
  topologyWith,
  withKafka,
  withObjects,
  withRedis,
} from '../domain/decision/world';
import { failoverAt } from '../state/seats';

/** Time that passes only when somebody sleeps; sleepers side by side share it. */
export interface VirtualClock extends Clock {
  /** What the next look at the lateness says. */
  stallMs: number;
  advance(ms: number): void;
}

export const createVirtualClock = (): VirtualClock => {
  let nowMs = 0;
  const clock: VirtualClock = {
    stallMs: 0,
    advance: (ms) => void (nowMs += ms),
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      const untilMs = nowMs + ms;
      await new Promise((resolve) => setImmediate(resolve));
      nowMs = Math.max(nowMs, untilMs);
    },
    worstLatenessMs: () => clock.stallMs,
  };
  return clock;
};

export interface FakeWorkflows extends Workflows {
  readonly started: { readonly machine: string; readonly name: string; readonly input: unknown }[];
  readonly stopped: { readonly machine: string; readonly name: string; readonly reason: string }[];
  readonly executions: Map<string, Execution>;
}

const RUNNING: Execution = { status: 'running', failure: null };
const UNKNOWN: Execution = { status: 'unknown', failure: null };
export const DIED: Execution = { status: 'failed', failure: { error: 'States.Timeout', cause: '' } };

const createFakeWorkflows = (): FakeWorkflows => {
  const executions = new Map<string, Execution>();
  const started: FakeWorkflows['started'] = [];
  const stopped: FakeWorkflows['stopped'] = [];
  return {
    started,
    stopped,
    executions,
    start: async (machine, name, input) => {
      if (executions.has(name)) return;
      executions.set(name, RUNNING);
      started.push({ machine, name, input });
    },
    describe: async (_machine, name) => executions.get(name) ?? UNKNOWN,
    stop: async (machine, name, reason) => {
      stopped.push({ machine, name, reason });
      executions.set(name, DIED);
    },
  };
};

const lookAt = (component: string, down: ReadonlySet<ZoneId>): Prober => ({
  component,
  probe: async (zone): Promise<ProbeResult> => (down.has(zone) ? FAILED : OK),
  close: async () => undefined,
});

export interface Setting {
  readonly seat?: Partial<Seat>;
  readonly policy?: Partial<Policy>;
  readonly hasNoSeat?: boolean;
  /** Redis beside PostgreSQL, in the same zones. */
  readonly hasRedis?: boolean;
  /** Kafka, too; only with Redis. */
  readonly hasKafka?: boolean;
  /** Objects, too, which acknowledge alone. */
  readonly hasObjects?: boolean;
  /** A planned move's traffic goes over in steps. */
  readonly progressive?: ShiftPolicy;
  /** Active-active. */
  readonly balance?: BalancePolicy;
}

/** Its standby's promotion fences nobody: an emergency stops the old writer by power, or by nothing. */
const asObjects = (engine: Engine): Engine => ({
  ...engine,
  component: 'objects',
  capabilities: objectsCapabilities,
  fence: (from, { mode }, effect) => engine.fence(from, { mode, standbyEligible: false }, effect),
});

/** A Lambda's ports over memory, with what stands behind them open to the test. */
export const createWorld = async (setting: Setting = {}) => {
  const {
    seat,
    policy,
    hasNoSeat = false,
    hasRedis = false,
    hasKafka = false,
    hasObjects = false,
    progressive,
    balance,
  } = setting;
  const plain = [
    ...(hasRedis ? [withRedis] : []),
    ...(hasKafka ? [withKafka] : []),
    ...(hasObjects ? [withObjects] : []),
  ].reduce((found, add) => add(found), topologyWith(policy));
  const topology: Topology = {
    ...plain,
    mode: balance === undefined ? plain.mode : 'active-active',
    traffic: { ...plain.traffic, ...(progressive && { progressive }), ...(balance && { balance }) },
  };
  const clock = createVirtualClock();
  const items = new Map<string, Item>();
  const servers = createMemoryServers('az-a', 'az-b');
  const hosts = createMemoryHosts(servers);
  const redis = createMemoryServers('az-a', 'az-b');
  const redisHosts = createMemoryHosts(redis);
  const kafka = createMemoryQuorum(['az-a', 'az-b', 'az-c']);
  const objects = createMemoryServers('az-a', 'az-b');
  const objectsHosts = createMemoryHosts(objects);
  const down = { api: new Set<ZoneId>(), peer: new Set<ZoneId>() };
  const asked: WitnessId[][] = [];
  const answers = { observations: [] as readonly Observation[] };
  const fired: { readonly name: string; readonly payload: unknown }[] = [];
  const pinged: string[] = [];
  const cold = new Set<string>();
  const metrics: MetricDatum[] = [];
  const lines: { readonly level: string; readonly message: string; readonly detail: unknown }[] = [];
  const workflows = createFakeWorkflows();
  let ids = 0;
  const store = createMemoryStore({
    workload: 'orders',
    witnesses: witnessesOf(topology),
    dataZones: ['az-a', 'az-b'],
    items,
    nowMs: () => NOW_MS + clock.monotonicMs(),
    newNonce: () => `nonce-${(ids += 1)}`,
  });
  const home = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 };
  const beside = {
    ...(hasRedis ? { redis: home } : {}),
    ...(hasKafka ? { kafka: home } : {}),
    ...(hasObjects ? { objects: home } : {}),
  };
  // What an emergency may lose of it is bounded by this.
  const seenBeacon = { 'az-a': NOW_MS - 6_000 };
  for (const zone of objects.zones) objects.at(zone).beacons = seenBeacon;
  if (!hasNoSeat) await store.initialiseSeat(seatWith({ beside, ...seat }));
  const ports: Ports = {
    topology,
    policyVersion: 'p1',
    store,
    postgres: createMemoryEngine(servers, hosts),
    beside: {
      ...(hasRedis ? { redis: createMemoryEngine(redis, redisHosts) } : {}),
      ...(hasKafka ? { kafka: createMemoryQuorumEngine(kafka, ['az-a', 'az-b']) } : {}),
      ...(hasObjects ? { objects: asObjects(createMemoryEngine(objects, objectsHosts)) } : {}),
    },
    copies: {},
    api: lookAt('api', down.api),
    host: createHostProber(hosts),
    hostsBeside: {
      ...(hasRedis ? { redis: createHostProber(redisHosts) } : {}),
      ...(hasObjects ? { objects: createHostProber(objectsHosts) } : {}),
    },
    peer: lookAt('peer', down.peer),
    traffic: createMemoryTraffic({ 'az-a': 100, 'az-b': 0 }),
    samples: createNoSamples(),
    witnesses: {
      freshRound: async (witnesses) => {
        asked.push([...witnesses]);
        return answers.observations.filter(({ witness }) => witnesses.includes(witness));
      },
    },
    workflows,
    functions: {
      fire: async (name, payload) => void fired.push({ name, payload }),
      ping: async (name) => {
        pinged.push(name);
        return !cold.has(name);
      },
    },
    metrics: { put: async (data) => void metrics.push(...data) },
    clock,
    newId: () => `run-${(ids += 1)}`,
    log: {
      info: (message, detail) => void lines.push({ level: 'info', message, detail }),
      warn: (message, detail) => void lines.push({ level: 'warn', message, detail }),
    },
  };

  /** The zone dies: its stores, the machines beside them, its API and its peer. */
  const lose = (zone: ZoneId): void => {
    for (const each of [servers, redis, objects]) {
      each.kill(zone);
      each.silenceHost(zone);
    }
    kafka.conditions[zone] = 'stopped';
    down.api.add(zone);
    down.peer.add(zone);
  };

  const seatNow = async (): Promise<Seat> => {
    const found = await store.readSeat();
    if (found === null) throw new Error('the test expected a seat');
    return found;
  };

  return {
    ports,
    topology,
    clock,
    items,
    servers,
    hosts,
    redis,
    redisHosts,
    hasRedis,
    kafka,
    hasKafka,
    objects,
    hasObjects,
    redisIs: {} as Record<ZoneId, string>,
    objectsBeaconAgeMs: 6_000,
    down,
    asked,
    answers,
    fired,
    pinged,
    cold,
    metrics,
    lines,
    workflows,
    lose,
    seatNow,
  };
};

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Puts what every witness of a grid saw (see the decision tests' world) at a round of its own. */
export const putGrid = async (world: World, grid: string, round = 100): Promise<void> => {
  for (const observation of observationsOf(grid, round)) {
    const seen = world.hasRedis ? seenWithRedis(observation, world.redisIs) : observation;
    const withBrokers = world.hasKafka ? seenWithKafka(seen) : seen;
    const all = world.hasObjects ? seenWithObjects(withBrokers, {}, world.objectsBeaconAgeMs) : withBrokers;
    await world.ports.store.writeObservation(all, { takesOver: true });
  }
};

export const observationsOf = (grid: string, round = 100): readonly Observation[] =>
  Object.entries(gridOf(grid)).flatMap(([witness, row]) =>
    row === 'silent' ? [] : [observationOf(witness, row, round)],
  );

/** What PostgreSQL shows everywhere, a beacon of that instant with it. */
export const withBeacon = (seen: Observation, beaconAtMs: number): Observation => ({
  ...seen,
  targets: seen.targets.map((target) =>
    target.kind === 'postgres'
      ? { ...target, latest: { ...target.latest, replication: replicationWith({ beaconAtMs }) } }
      : target,
  ),
});

/** While somebody waits, the witnesses of the grid go on, a round each time. */
export const keepLooking = (world: World, grid: string, firstRound = 101): void => {
  const { sleep } = world.clock;
  let round = firstRound;
  world.clock.sleep = async (ms) => {
    await putGrid(world, grid, round);
    round += 1;
    await sleep(ms);
  };
};

export const operationAt = (epoch: number, changes: Partial<Operation> = {}): Operation =>
  failoverAt(epoch, { reason: 'nothing of az-a answers', ...changes });

/** A world whose seat is held by an operation of epoch 8. */
export const createHeldWorld = (
  operation: Partial<Operation> = {},
  seat: Partial<Seat> = {},
): Promise<World> => createWorld({ seat: { epoch: 8, operation: operationAt(8, operation), ...seat } });

/** The Error that `run` rejects with; a test that expects one and gets none fails here. */
export const rejectionOf = async (run: Promise<unknown>): Promise<Error> => {
  const outcome = await run.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error('it was expected to reject with an Error');
};
