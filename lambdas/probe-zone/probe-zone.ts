import { decide } from '../../lib/domain/decision/decide';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { Refused, Unreachable } from '../../lib/domain/errors';
import { inherited } from '../../lib/domain/health/target-history';
import type { Observation } from '../../lib/domain/observation';
import { targetKey } from '../../lib/domain/observation';
import { balanceOf } from '../../lib/domain/traffic/balance-of';
import { trafficOf } from '../../lib/domain/traffic/traffic-of';
import { differs } from '../../lib/domain/traffic/weights';
import type { Seat } from '../../lib/domain/protocol/seat';
import { placeOf } from '../../lib/domain/protocol/seat';
import type { SideStore, Topology, WitnessId, ZoneId } from '../../lib/domain/topology';
import {
  dataZones,
  electsItself,
  REGION_WITNESS,
  Store,
  storesOf,
  zonesOfRole,
} from '../../lib/domain/topology';
import type { Ports } from '../shared/ports';
import { ofEach } from '../shared/store-group';
import { stuckAfterMs } from '../shared/stuck';
import type { DecisionMemory } from './act-on-decision';
import { actOnDecision } from './act-on-decision';
import { createFreshness } from './freshness';
import type { Freshness } from './freshness';
import type { WitnessMemory } from './round';
import { runRound } from './round';
import { targetsOf } from './targets';
import { metricsOf } from './witness-metrics';

const BEACON_EVERY_MS = 1_000;
const METRICS_EVERY_MS = 5_000;

export interface LoopOptions {
  readonly witness: WitnessId;
  /** The loop ends by itself after this long: its successor should have taken over by then. */
  readonly limitMs: number;
}

interface Loop extends WitnessMemory, DecisionMemory {
  readonly freshness: Freshness;
  beaconAtMs: number;
  metricsAtMs: number;
  balanceAtMs: number;
  ended: string | null;
}

/** The predecessor may write a few rounds more before it is refused; beginning past them, this run is never the one refused. */
const TAKEOVER_ROUNDS = 20;

export const openMemory = async (ports: Ports, witness: WitnessId): Promise<WitnessMemory> => {
  const before = (await ports.store.readObservations()).find((entry) => entry.witness === witness);
  // Both times are the state store's.
  const isRecent =
    before !== undefined && (await ports.store.nowMs()) - before.atMs <= ports.topology.policy.staleAfterMs;
  const known = isRecent ? before.targets : [];
  return {
    witness,
    runId: ports.newId(),
    targets: targetsOf(ports.topology, witness),
    histories: new Map(known.map((target) => [targetKey(target.kind, target.zone), inherited(target)])),
    round: before === undefined ? 0 : before.round + TAKEOVER_ROUNDS,
  };
};

const zoneBeside = (topology: Topology, writer: ZoneId | undefined): ZoneId | null =>
  dataZones(topology).find((zone) => zone !== writer) ?? null;

/** Created once by whoever is first; nobody is eligible until the gate was seen to hold. */
const firstSeat = (ports: Ports): Seat => {
  const [writer] = zonesOfRole(ports.topology, 'primary');
  const other = zoneBeside(ports.topology, writer);
  return {
    workload: ports.topology.workload,
    epoch: 1,
    writer: writer ?? '',
    eligible: null,
    beside: Object.fromEntries(
      storesOf(ports.topology)
        .filter((store) => store !== Store.postgres)
        .map((store) => [
          store,
          { writer: writer ?? '', eligible: electsItself(store) ? other : null, cooldownUntilMs: 0 },
        ]),
    ),
    operation: null,
    cooldownUntilMs: 0,
    lastOutcome: null,
    drill: null,
    nonce: ports.newId(),
  };
};

const publish = async (ports: Ports, observation: Observation, takesOver: boolean): Promise<void> =>
  ports.store.writeObservation(observation, { takesOver });

const observe = async (ports: Ports, loop: Loop): Promise<Snapshot> => {
  const { observations, seat: found } = await ports.store.readSituation();
  const seat = found ?? (await ports.store.initialiseSeat(firstSeat(ports)));
  const nowMs = await ports.store.nowMs();
  const ageMs = loop.freshness.note(observations, ports.clock.monotonicMs());
  const { topology, policyVersion } = ports;
  return { topology, policyVersion, seat, observations, ageMs, nowMs, decidedBy: loop.witness };
};

/** §3b.11: a seat cannot be held for ever; whoever sees no progress calls for the reconciler. */
const callReconciler = async (ports: Ports, { seat, nowMs }: Snapshot): Promise<void> => {
  if (seat.operation === null) return;
  if (nowMs - seat.operation.progressAtMs > stuckAfterMs(seat.operation, ports.topology.policy))
    await ports.functions.fire('reconcile-seat', { stuck: seat.operation.epoch });
};

/** A store that was added to the deployment since the seat was made. */
const addNewStores = async (ports: Ports, { seat }: Snapshot): Promise<void> => {
  const added = storesOf(ports.topology).find(
    (store): store is SideStore => store !== Store.postgres && seat.beside[store] === undefined,
  );
  if (added === undefined) return;
  const other = zoneBeside(ports.topology, seat.writer);
  await ports.store.apply({ type: 'add-store', seen: seat, store: added, other });
};

const freshOf = ({ observations, ageMs, topology }: Snapshot): readonly Observation[] =>
  observations.filter(({ witness }) => (ageMs[witness] ?? Infinity) <= topology.policy.staleAfterMs);

const writeBeacon = async (ports: Ports, loop: Loop, { seat, nowMs }: Snapshot): Promise<void> => {
  const stores = storesOf(ports.topology).filter((store) => loop.targets.some(({ kind }) => kind === store));
  const monotonicMs = ports.clock.monotonicMs();
  if (stores.length === 0 || monotonicMs - loop.beaconAtMs < BEACON_EVERY_MS) return;
  loop.beaconAtMs = monotonicMs;
  const { probeTimeoutMs } = ports.topology.policy;
  await ofEach(ports, stores, (engine, store) =>
    engine.beacon(placeOf(seat, store).writer, nowMs, probeTimeoutMs),
  );
};

/**
 * Metrics by the regional witness alone, for all: those in a VPC reach the state table through its gateway endpoint
 * and need no way to CloudWatch.
 */
const report = async (ports: Ports, loop: Loop, snapshot: Snapshot): Promise<void> => {
  const nowMs = ports.clock.monotonicMs();
  if (nowMs - loop.metricsAtMs < METRICS_EVERY_MS) return;
  loop.metricsAtMs = nowMs;
  await callReconciler(ports, snapshot);
  if (loop.witness !== REGION_WITNESS) return;
  await ports.metrics.put(metricsOf(ports.topology, freshOf(snapshot), snapshot.seat));
  await addNewStores(ports, snapshot);
};

const BALANCE_EVERY_MS = 1_000;

/** Any witness may ask; what is done is decided anew there, by all of their evidence. */
const askForBalance = async (ports: Ports, loop: Loop, snapshot: Snapshot): Promise<void> => {
  const wanted = balanceOf(snapshot);
  const present = trafficOf(snapshot.seat, dataZones(ports.topology));
  if (wanted === null || present === null || !differs(wanted.weights, present)) return;
  const nowMs = ports.clock.monotonicMs();
  if (nowMs - loop.balanceAtMs < BALANCE_EVERY_MS) return;
  loop.balanceAtMs = nowMs;
  await ports.functions.fire('balance-traffic', { why: wanted.why });
};

/** The side work never delays a round; what it fails with is logged there. */
const besides = (ports: Ports, work: Promise<void>): void => {
  work.catch((cause: unknown) => ports.log.warn('side work failed', { cause: String(cause) }));
};

const oneRound = async (ports: Ports, loop: Loop, takesOver: boolean): Promise<void> => {
  const observation = await runRound(ports, loop);
  await publish(ports, observation, takesOver);
  const snapshot = await observe(ports, loop);
  besides(ports, writeBeacon(ports, loop, snapshot));
  besides(ports, report(ports, loop, snapshot));
  besides(ports, askForBalance(ports, loop, snapshot));
  await actOnDecision(ports, loop, snapshot, decide(snapshot));
};

/** State store unreachable means hold: the round is lost, the loop is not (design §5). */
const guardedRound = async (ports: Ports, loop: Loop, takesOver: boolean): Promise<boolean> => {
  try {
    await oneRound(ports, loop, takesOver);
    return true;
  } catch (cause) {
    if (cause instanceof Refused && cause.code === 'superseded') loop.ended = cause.message;
    else if (!(cause instanceof Unreachable)) throw cause;
    else ports.log.warn('hold: the state store did not answer', { cause: cause.message });
    return false;
  }
};

const openLoop = async (ports: Ports, witness: WitnessId): Promise<Loop> => ({
  ...(await openMemory(ports, witness)),
  last: '',
  freshness: createFreshness(),
  beaconAtMs: 0,
  metricsAtMs: 0,
  balanceAtMs: -BALANCE_EVERY_MS,
  ended: null,
});

/** A witness that cannot read its last round yet waits for the store, as it would in any round. */
const openLoopBy = async (ports: Ports, options: LoopOptions, endMs: number): Promise<Loop | undefined> => {
  while (ports.clock.monotonicMs() < endMs) {
    try {
      return await openLoop(ports, options.witness);
    } catch (cause) {
      if (!(cause instanceof Unreachable)) throw cause;
      ports.log.warn('hold: the state store did not answer', { cause: cause.message });
      await ports.clock.sleep(ports.topology.policy.checkIntervalMs);
    }
  }
  return undefined;
};

/**
 * One witness: probes its targets round by round, publishes what it saw, reads the others', decides, and claims.
 * Runs until its successor takes over its run id, or `limitMs`.
 */
export const probeZone = async (
  ports: Ports,
  options: LoopOptions,
): Promise<{ readonly rounds: number; readonly ended: string }> => {
  const endMs = ports.clock.monotonicMs() + options.limitMs;
  const loop = await openLoopBy(ports, options, endMs);
  if (loop === undefined) return { rounds: 0, ended: 'the state store never answered' };
  const first = loop.round;
  let takesOver = true;
  while (loop.ended === null && ports.clock.monotonicMs() < endMs) {
    const roundStartMs = ports.clock.monotonicMs();
    if (await guardedRound(ports, loop, takesOver)) takesOver = false;
    const restMs = ports.topology.policy.checkIntervalMs - (ports.clock.monotonicMs() - roundStartMs);
    if (restMs > 0) await ports.clock.sleep(restMs);
  }
  return { rounds: loop.round - first, ended: loop.ended ?? `after ${options.limitMs} ms` };
};
