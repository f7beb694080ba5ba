import { freshRound } from '../../lambdas/probe-zone/fresh-round';
import type { Ports } from '../../lambdas/shared/ports';
import { DeadlineExceeded, Unreachable } from '../../lib/domain/errors';
import type { Observation, ProbeResult } from '../../lib/domain/observation';
import type { Topology, WitnessId } from '../../lib/domain/topology';
import type { Prober } from '../../lib/ports/engine';
import type { HostControl } from '../../lib/ports/host-control';
import type { StateStore } from '../../lib/ports/state-store';
import type { Traffic, Weights } from '../../lib/ports/traffic';
import { createNoSamples } from '../../lib/traffic/samples/no-samples';
import type { Bug } from './bugs';
import type { EventLog } from './event-log';
import type { DataZone } from './places';
import { dataZoneOf, Place, placeOf } from './places';
import type { Platform } from './platform';
import type { Cluster } from './postgres/cluster';
import { createEngine } from './postgres/engine';
import type { Host } from './postgres/host';
import type { Answer, Process } from './process';
import type { StoreService } from './store';
import type { Timeline } from './timeline';
import type { Workload } from './workload';
import type { WorkflowService } from './workflows';

/** What stands behind the ports of every Lambda of one simulation. */
export interface Services {
  readonly topology: Topology;
  readonly timeline: Timeline;
  readonly log: EventLog;
  readonly bug: Bug | null;
  readonly store: StoreService;
  readonly cluster: Cluster;
  readonly hosts: Readonly<Record<DataZone, Host>>;
  readonly workload: Workload;
  readonly workflows: WorkflowService;
  readonly platform: Platform;
  readonly nextId: () => number;
  /** Called by whoever sees an operation without progress. */
  readonly reconcile: () => void;
}

interface Look {
  readonly to: Place;
  readonly timeoutMs: number;
  readonly isUp: () => boolean;
}

const refused: ProbeResult = { state: 'failed', reason: 'refused', latencyMs: null };
const timedOut: ProbeResult = { state: 'failed', reason: 'timeout', latencyMs: null };

const probe = (process: Process, component: string, { to, timeoutMs, isUp }: Look): Promise<ProbeResult> => {
  const startedMs = process.clock.monotonicMs();
  return process
    .call<boolean>({
      to,
      what: `probe ${component}`,
      timeoutMs,
      isLook: true,
      onTimeout: () => new DeadlineExceeded('timeout'),
      onRefused: () => new Unreachable('refused'),
      serve: (reply) => reply({ value: isUp() }),
    })
    .then(
      (isOk): ProbeResult =>
        isOk ? { state: 'ok', reason: null, latencyMs: process.clock.monotonicMs() - startedMs } : refused,
      (cause: unknown) => (cause instanceof DeadlineExceeded ? timedOut : refused),
    );
};

const proberOf = (process: Process, component: string, isUp: (zone: string) => boolean): Prober => ({
  component,
  probe: (zone, timeoutMs) =>
    probe(process, component, { to: placeOf(zone), timeoutMs, isUp: () => isUp(zone) }),
  close: async () => undefined,
});

const answerOf = <T>(work: Promise<T>, reply: (answer: Answer<T>) => void, timeline: Timeline): void =>
  void work.then(
    (value) => {
      reply({ value });
      timeline.touched();
    },
    (error: Error) => {
      reply({ error });
      timeline.touched();
    },
  );

const hostControlOf = ({ hosts, timeline }: Services, process: Process): HostControl => {
  const ask = <T>(
    name: string,
    about: { readonly what: string; readonly timeoutMs: number; readonly isLook: boolean },
    act: (host: Host) => Promise<T>,
  ): Promise<T> => {
    const zone = dataZoneOf(name);
    return process.call<T>({
      to: zone,
      ...about,
      onTimeout: () => new DeadlineExceeded(`the host in ${zone}: no answer to ${about.what}`),
      onRefused: () => new Unreachable(`the host in ${zone}: refused`),
      serve: (reply) => answerOf(act(hosts[zone]), reply, timeline),
    });
  };
  return {
    status: (zone, timeoutMs) =>
      ask(zone, { what: 'status', timeoutMs, isLook: true }, async (host) => host.status()),
    stop: (zone, { epoch }, timeoutMs) =>
      ask(zone, { what: `stop (epoch ${epoch})`, timeoutMs, isLook: false }, (host) => host.stop(epoch)),
    rejoin: (zone, { epoch, upstreamHost, standbyName }, timeoutMs) =>
      ask(zone, { what: `rejoin (epoch ${epoch})`, timeoutMs, isLook: false }, (host) =>
        host.rejoin({ epoch, upstream: dataZoneOf(upstreamHost), standbyName }),
      ),
  };
};

const trafficOf = ({ workload, log }: Services, process: Process): Traffic => {
  const ask = (what: string, timeoutMs: number, change: Weights | null): Promise<Weights> =>
    process.call<Weights>({
      to: Place.region,
      what,
      timeoutMs,
      isLook: change === null,
      onTimeout: () => new Unreachable('Route 53 did not answer'),
      onRefused: () => new Unreachable('Route 53 did not answer'),
      serve: (reply) => {
        if (change !== null) {
          log.note('traffic', JSON.stringify(change));
          workload.weights = { ...workload.weights, ...change };
        }
        reply({ value: workload.weights });
      },
    });
  return {
    current: (timeoutMs) => ask('read weights', timeoutMs, null),
    shift: (weights, timeoutMs) => ask('shift weights', timeoutMs, weights),
  };
};

const askWitness = (services: Services, process: Process, witness: WitnessId, timeoutMs: number) => {
  const place = placeOf(witness);
  const run = services.platform.invoke.bind(services.platform);
  return process.call<Observation>({
    to: Place.region,
    what: `ask the witness ${witness}`,
    timeoutMs,
    isLook: true,
    onTimeout: () => new Unreachable(`the witness ${witness} did not answer`),
    onRefused: () => new Unreachable(`the witness ${witness} did not answer`),
    serve: (reply) =>
      answerOf(
        run(`probe-zone-${witness} (asked)`, place, (asked) => freshRound(portsOf(services, asked), witness)),
        reply,
        services.timeline,
      ),
  });
};

/** I10: a bug, by which every witness says what this one says. */
const echo = (store: StateStore, witness: string): StateStore => ({
  ...store,
  readSituation: async () => {
    const { seat, observations } = await store.readSituation();
    const own = observations.find((entry) => entry.witness === witness);
    return {
      seat,
      observations:
        own === undefined ? observations : observations.map((entry) => ({ ...entry, targets: own.targets })),
    };
  },
});

/** I6: a bug, by which nobody sees a cooldown, and no claim is refused by it. */
const withoutCooldown = (store: StateStore): StateStore => ({
  ...store,
  readSituation: async () => {
    const { seat, observations } = await store.readSituation();
    return { seat: seat === null ? null : { ...seat, cooldownUntilMs: 0 }, observations };
  },
  apply: (event, claim) =>
    store.apply(event.type === 'claim' ? { ...event, overrideCooldown: true } : event, claim),
});

const storeOf = (services: Services, process: Process): StateStore => {
  const store = services.store.openFrom(process, () => `nonce-${services.nextId()}`);
  if (services.bug === 'quorum-of-one') return echo(store, process.place);
  if (services.bug === 'cooldown-forgotten') return withoutCooldown(store);
  if (services.bug === 'wall-clock-cooldown') return { ...store, nowMs: async () => process.wallMs() };
  return store;
};

/** The ports of one invocation. */
export const portsOf = (services: Services, process: Process): Ports => {
  const { topology, timeline, log, bug, cluster, workload, workflows, nextId } = services;
  const hosts = hostControlOf(services, process);
  const said =
    (level: string) =>
    (message: string, detail: Readonly<Record<string, unknown>> = {}) => {
      if (message !== 'decision') log.note(process.name, `${level}${message} ${JSON.stringify(detail)}`);
    };
  return {
    topology,
    policyVersion: 'simulated',
    store: storeOf(services, process),
    postgres: createEngine({ process, cluster, hosts, bug, nextSession: nextId, nowMs: timeline.nowMs }),
    beside: {},
    copies: {},
    hostsBeside: {},
    api: proberOf(process, 'api', (zone) => workload.isApiUp(dataZoneOf(zone))),
    host: proberOf(process, 'host', () => true),
    peer: proberOf(process, 'peer', () => true),
    traffic: trafficOf(services, process),
    samples: createNoSamples(),
    witnesses: {
      freshRound: async (witnesses, timeoutMs) => {
        const asked = witnesses.map((witness) => askWitness(services, process, witness, timeoutMs));
        const answers = await Promise.allSettled(asked);
        return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      },
    },
    workflows: workflows.openFrom(process),
    functions: {
      fire: (name) =>
        process
          .call<null>({
            to: Place.region,
            what: `fire ${name}`,
            timeoutMs: 3_000,
            isLook: false,
            onTimeout: () => new Unreachable('Lambda did not answer'),
            onRefused: () => new Unreachable('Lambda did not answer'),
            serve: (reply) => {
              services.reconcile();
              reply({ value: null });
            },
          })
          .then(
            () => undefined,
            // As lib/workflow/lambda-functions.ts: what could not be called is logged there, and called again later.
            (cause: Error) => log.note(process.name, `could not fire ${name}: ${cause.message}`),
          ),
      ping: async () => true,
    },
    metrics: { put: async () => undefined },
    clock: process.clock,
    newId: () => `run-${nextId()}`,
    log: { info: said(''), warn: said('! ') },
  };
};
