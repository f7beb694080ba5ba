import { intakeAlarm } from '../../lambdas/intake-alarm/intake-alarm';
import { probeZone } from '../../lambdas/probe-zone/probe-zone';
import { reconcileSeat } from '../../lambdas/reconcile-seat/reconcile-seat';
import type { Ports } from '../../lambdas/shared/ports';
import { startClaimed } from '../../lambdas/start-claimed/start-claimed';
import type { Seat } from '../../lib/domain/protocol/seat';
import { SORT_KEY } from '../../lib/state/keys';
import type { Item } from '../../lib/state/parse-item';
import { LOGIC } from '../lambdas/machine-run';
import type { Bug } from './bugs';
import type { EventLog } from './event-log';
import { createEventLog } from './event-log';
import type { FaultTargets } from './faults';
import { portsOf } from './lambda-ports';
import type { Services } from './lambda-ports';
import type { Monitor } from './monitor';
import { createMonitor } from './monitor';
import { createNetwork } from './network';
import type { DataZone } from './places';
import { createPlaces, DATA_ZONES, otherZone, Place, placeOf, ZONES } from './places';
import { createPlatform } from './platform';
import type { Cluster } from './postgres/cluster';
import { createCluster } from './postgres/cluster';
import type { Host } from './postgres/host';
import { createHost } from './postgres/host';
import type { ProcessHost } from './process';
import { createProcess } from './process';
import type { Profile } from './profile';
import type { Random } from './random';
import { createStoreService } from './store';
import type { Timeline } from './timeline';
import { createTimeline } from './timeline';
import { createWorkload } from './workload';
import { createWorkflowService } from './workflows';

/** One simulated deployment, with everything in it that decides, acts, serves and watches. */
export interface World {
  readonly timeline: Timeline;
  readonly log: EventLog;
  readonly monitor: Monitor;
  readonly cluster: Cluster;
  readonly faults: FaultTargets;
  /** What is not yet as it has to be in the end; empty when all is well. */
  unsettled(): readonly string[];
  /** Clients stop writing. */
  stopClients(): void;
}

const WITNESSES = [...ZONES, 'region'] as const;
const SCHEDULE_MS = 60_000;
const LOOP_LIMIT_MS = 130_000;
const STREAM_DELAY_MS = { low: 100, high: 2_000 } as const;
const EVENT_DELAY_MS = { low: 200, high: 2_000 } as const;
/** Lambda's own retries of an asynchronous invocation. */
const ASYNC_RETRIES_MS = [60_000, 120_000] as const;
/** The stream handler's, with what is read again in between. */
const STREAM_RETRIES_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000] as const;

const FIRST_SEAT: Seat = {
  workload: 'orders',
  epoch: 1,
  writer: Place.azA,
  eligible: Place.azB,
  beside: {},
  operation: null,
  cooldownUntilMs: 0,
  lastOutcome: null,
  drill: null,
  nonce: 'first',
};

export const createWorld = (profile: Profile, random: Random, bug: Bug | null): World => {
  const timeline = createTimeline();
  const log = createEventLog(timeline.nowMs);
  const places = createPlaces(timeline);
  const network = createNetwork(timeline, random.fork());
  const skews = new Map<Place, number>();
  const impaired = new Map<DataZone, { count: number; untilMs: number }>();
  const { policy } = profile.topology;
  const roundMs = Math.max(policy.checkIntervalMs, policy.probeTimeoutMs);
  /** Evidence of a fault that is over may still be claimed on for this long. */
  const memoryMs = policy.staleAfterMs + (policy.failureThreshold + 3) * roundMs + 10_000;

  const host: ProcessHost = {
    timeline,
    network,
    places,
    random: random.fork(),
    skewMs: (place) => skews.get(place) ?? 0,
  };
  const wasImpaired = (zone: DataZone): boolean => {
    const found = impaired.get(zone) ?? { count: 0, untilMs: Number.NEGATIVE_INFINITY };
    const isRecent = found.count > 0 || timeline.nowMs() - found.untilMs < memoryMs;
    return isRecent || !cluster.at(zone).isRunning;
  };
  const monitor = createMonitor({
    nowMs: timeline.nowMs,
    log,
    cluster: () => cluster,
    cooldownMs: policy.cooldownMs,
    wasImpaired,
  });
  const cluster: Cluster = createCluster({
    timeline,
    network,
    places,
    random: random.fork(),
    watch: { acknowledged: (server, entry, end) => monitor.acknowledged(server, entry, end) },
    bug,
    writer: Place.azA,
    standbyName: `${Place.azB}-e1`,
  });
  const chance = random.fork();
  let ids = 0;
  const nextId = (): number => (ids += 1);

  const store = createStoreService(timeline, (key, before, after) => {
    monitor.itemChanged(key, before, after);
    if (before === undefined && after['entry'] === 'claim') streamClaim(after);
  });
  const platform = createPlatform(host, log);
  const workload = createWorkload({
    timeline,
    network,
    places,
    random: random.fork(),
    cluster,
    bug,
    everyMs: profile.ordersEveryMs,
  });
  const workflows = createWorkflowService({
    timeline,
    log,
    runTask: (lambda, input) =>
      platform.invoke(lambda, Place.region, (process) => {
        const logic = LOGIC[lambda];
        if (logic === undefined) throw new Error(`there is no logic of ${lambda}`);
        return logic(input as never, portsOf(services, process));
      }),
    onStarted: (name) => abortIfArmed(name),
    onEnded: (_name, ended) => {
      if (ended.status !== 'SUCCEEDED')
        timeline.after(chance.between(EVENT_DELAY_MS.low, EVENT_DELAY_MS.high), reconcile);
    },
  });
  const newHost = (zone: DataZone): Host => {
    const newProcess = () => createProcess(host, { name: `host ${zone}`, place: zone });
    const readSeat: Parameters<typeof createHost>[0]['readSeat'] = (process) =>
      store.openFrom(process, () => `nonce-${nextId()}`).readSeat();
    const built = createHost({
      zone,
      cluster,
      network,
      places,
      random: random.fork(),
      log,
      bug,
      newProcess,
      readSeat,
    });
    places.settle(zone, { onDeath: () => cluster.stop(cluster.at(zone)), onReturn: built.boot });
    return built;
  };
  const hosts = { [Place.azA]: newHost(Place.azA), [Place.azB]: newHost(Place.azB) };

  /** Invoked as events are: tried again after a while when it failed. */
  const invokeLater = (
    name: string,
    retriesMs: readonly number[],
    logic: (ports: Ports) => Promise<unknown>,
  ): void => {
    platform
      .invoke(name, Place.region, (process) => logic(portsOf(services, process)))
      .then(
        () => undefined,
        (cause: Error) => {
          log.note(name, `failed: ${cause.name}: ${cause.message}`);
          const [first, ...rest] = retriesMs;
          if (first !== undefined) timeline.after(first, () => invokeLater(name, rest, logic));
        },
      );
    timeline.touched();
  };
  const reconcile = (): void => {
    if (bug !== 'reconciler-absent') invokeLater('reconcile-seat', ASYNC_RETRIES_MS, reconcileSeat);
  };
  const streamClaim = (item: Item): void =>
    void timeline.after(chance.between(STREAM_DELAY_MS.low, STREAM_DELAY_MS.high), () =>
      invokeLater('start-claimed', STREAM_RETRIES_MS, (ports) =>
        startClaimed([Number(item['epoch'])], ports),
      ),
    );
  const services: Services = {
    topology: profile.topology,
    timeline,
    log,
    bug,
    store,
    cluster,
    hosts,
    workload,
    workflows,
    platform,
    nextId,
    reconcile,
  };

  const stopped = new Set<string>();
  const runWitness = (witness: string): void => {
    if (stopped.has(witness)) return;
    const options = { witness, limitMs: LOOP_LIMIT_MS };
    platform
      .invoke(`probe-zone-${witness}`, placeOf(witness), (process) =>
        probeZone(portsOf(services, process), options),
      )
      .catch((cause: Error) => log.note(`probe-zone-${witness}`, `${cause.name}: ${cause.message}`));
    timeline.touched();
  };
  /** Schedules fire somewhere inside their minute. */
  const scheduleWitness = (witness: string, minute: number): void => {
    const dueMs =
      minute === 0 ? chance.between(0, 300) : minute * SCHEDULE_MS + chance.between(0, SCHEDULE_MS);
    timeline.after(dueMs - timeline.nowMs(), () => runWitness(witness));
    timeline.after((minute + 1) * SCHEDULE_MS - timeline.nowMs(), () => scheduleWitness(witness, minute + 1));
  };
  for (const witness of WITNESSES) {
    scheduleWitness(witness, 0);
    places.settle(placeOf(witness), { onReturn: () => runWitness(witness) });
  }
  store.items.set('seat', { ...FIRST_SEAT, [SORT_KEY]: 'seat' });

  let armedAborts = 0;
  const abortIfArmed = (name: string): void => {
    if (armedAborts === 0) return;
    armedAborts -= 1;
    timeline.after(chance.between(20, 4_000), () => workflows.stop(name, 'aborted from the console'));
  };
  const impair = (zone: DataZone, by: 1 | -1): void => {
    const found = impaired.get(zone) ?? { count: 0, untilMs: 0 };
    impaired.set(zone, { count: found.count + by, untilMs: timeline.nowMs() });
  };
  const faults: FaultTargets = {
    network,
    places,
    platform,
    impair,
    crashPostgres: (zone) => cluster.stop(cluster.at(zone)),
    bootPostgres: (zone) => {
      if (places.isUp(zone) && !cluster.at(zone).isRunning) hosts[zone].boot();
    },
    killApi: workload.killApi,
    startApi: workload.startApi,
    setStoreReachable: (isReachable) => void (store.isReachable = isReachable),
    setSkewMs: (place, ms) => void skews.set(place, ms),
    stopWitness: (witness) => {
      stopped.add(witness);
      platform.killAll(`probe-zone-${witness}`);
    },
    startWitness: (witness) => {
      stopped.delete(witness);
      runWitness(witness);
    },
    abortAnExecution: () => {
      const [running] = workflows.running();
      if (running === undefined) armedAborts += 1;
      else workflows.stop(running, 'aborted from the console');
    },
    startByHand: (machine, input) => workflows.start(machine, `by-hand-${nextId()}`, input),
    askByAlarm: () => invokeLater('intake-alarm', [], (ports) => intakeAlarm('simulated', ports)),
  };

  const standbyTrouble = (seat: Seat): readonly string[] => {
    const standby = cluster.at(otherZone(placeIn(seat.writer)));
    const { sync, enforced } = cluster.at(placeIn(seat.writer));
    return [
      ...(seat.eligible === standby.zone ? [] : ['nobody is eligible']),
      ...(standby.link?.upstream === seat.writer ? [] : [`${standby.zone} does not follow`]),
      ...(sync.name === standby.standbyName && enforced === sync && !sync.isGated
        ? []
        : [`${seat.writer} waits for "${sync.name}"`]),
    ];
  };
  const writerTrouble = (seat: Seat): readonly string[] => {
    const writers = DATA_ZONES.filter((zone) => {
      const server = cluster.at(zone);
      return server.isRunning && !server.inRecovery && !server.isReadOnly;
    });
    const weighted = DATA_ZONES.filter((zone) => (workload.weights[zone] ?? 0) > 0);
    return [
      ...(seat.operation === null
        ? []
        : [`the seat is held: ${seat.operation.kind} ${seat.operation.phase}`]),
      ...(writers.join() === seat.writer ? [] : [`"${writers.join()}" write, the seat says ${seat.writer}`]),
      ...(weighted.join() === seat.writer ? [] : [`traffic goes to "${weighted.join()}"`]),
    ];
  };
  return {
    timeline,
    log,
    monitor,
    cluster,
    faults,
    stopClients: workload.stop,
    unsettled: () => {
      const seat = monitor.seat();
      return seat === null ? ['there is no seat'] : [...writerTrouble(seat), ...standbyTrouble(seat)];
    },
  };
};

const placeIn = (zone: string): DataZone => (zone === Place.azA ? Place.azA : Place.azB);
