import { DeadlineExceeded, Refused, StaleEpoch, Unreachable } from '../../domain/errors';
import type { ProbeResult } from '../../domain/observation';
import type { ZoneId } from '../../domain/topology';
import type { Engine, FenceReport, VerifyReport } from '../../ports/engine';

type Condition = 'running' | 'stopped' | 'frozen';

/** Brokers of one cluster that elects by itself: one log, held by whoever runs, led from one zone. */
export interface MemoryQuorum {
  readonly zones: readonly ZoneId[];
  readonly conditions: Record<ZoneId, Condition>;
  leader: ZoneId;
  epoch: number;
  ids: readonly string[];
  beaconAtMs: number | null;
}

export const createMemoryQuorum = (zones: readonly ZoneId[]): MemoryQuorum => ({
  zones,
  conditions: Object.fromEntries(zones.map((zone) => [zone, 'running' as const])),
  leader: zones[0] ?? '',
  epoch: 1,
  ids: [],
  beaconAtMs: null,
});

/** Two of three. */
const hasMajority = ({ zones, conditions }: MemoryQuorum): boolean =>
  zones.filter((zone) => conditions[zone] === 'running').length > zones.length / 2;

/** @throws Unreachable when stopped, DeadlineExceeded when frozen. */
const reach = ({ conditions }: MemoryQuorum, zone: ZoneId): void => {
  if (conditions[zone] === 'frozen') throw new DeadlineExceeded(`the broker in ${zone} does not answer`);
  if (conditions[zone] !== 'running') throw new Unreachable(`the broker in ${zone} is stopped: refused`);
};

const admitEpoch = (cluster: MemoryQuorum, epoch: number): void => {
  if (!hasMajority(cluster)) throw new DeadlineExceeded('the cluster has no majority');
  if (epoch < cluster.epoch) throw new StaleEpoch(`epoch ${epoch} refused: ${cluster.epoch} has acted there`);
  cluster.epoch = epoch;
};

const verify = (cluster: MemoryQuorum, zone: ZoneId, epoch: number): VerifyReport => {
  reach(cluster, zone);
  const findings = [
    ...(cluster.leader === zone ? [] : [`not led in ${zone}`]),
    ...(cluster.epoch === epoch ? [] : [`the newest epoch is ${cluster.epoch}, expected ${epoch}`]),
  ];
  return { ok: findings.length === 0, findings, numbers: { epoch: cluster.epoch } };
};

const probe = (cluster: MemoryQuorum, zone: ZoneId): ProbeResult => {
  if (!cluster.zones.includes(zone))
    return { state: 'unknown', reason: `no broker in ${zone}`, latencyMs: null };
  if (cluster.conditions[zone] !== 'running') {
    const reason = cluster.conditions[zone] === 'frozen' ? 'timeout' : 'refused';
    return { state: 'failed', reason, latencyMs: null };
  }
  const isLeader = cluster.leader === zone;
  const replication = {
    role: isLeader ? 'primary' : 'standby',
    position: `${cluster.ids.length}`,
    timeline: null,
    writable: isLeader && hasMajority(cluster),
    lagSeconds: 0,
    standbys: [],
    syncSetting: '',
    blockedWriters: 0,
    fenceEpoch: cluster.epoch,
    beaconAtMs: cluster.beaconAtMs,
    upstreamHost: null,
  } as const;
  return { state: 'ok', reason: null, latencyMs: 1, replication };
};

/** Leaders leave a zone for another data zone, as the brokers elsewhere say. */
const evict = (cluster: MemoryQuorum, from: ZoneId, dataZones: readonly ZoneId[]): FenceReport => {
  const to = dataZones.find((zone) => zone !== from && cluster.conditions[zone] === 'running');
  if (cluster.leader === from && to !== undefined) cluster.leader = to;
  const holds = cluster.leader !== from;
  return { kind: 'quorum', holds, why: holds ? `nothing is led in ${from}` : `nobody else may lead` };
};

/**
 * The engine port over a cluster in memory that elects by itself: the same promises as a stretched Kafka, without time. What
 * would be waited for until a deadline is refused at once.
 */
export function createMemoryQuorumEngine(cluster: MemoryQuorum, dataZones: readonly ZoneId[]): Engine {
  const lead = (zone: ZoneId, epoch: number): void => {
    admitEpoch(cluster, epoch);
    reach(cluster, zone);
    cluster.leader = zone;
  };
  const requireLeader = (zone: ZoneId, epoch: number): void => {
    admitEpoch(cluster, epoch);
    if (cluster.leader !== zone) throw new Refused('not-writer', `nothing is led in ${zone}`);
  };
  return {
    component: 'kafka',
    capabilities: {
      softFence: false,
      synchronousFence: false,
      rejoin: true,
      electsItself: true,
      asynchronous: false,
    },
    probe: async (zone) => probe(cluster, zone),
    beacon: async (zone, atMs) => {
      requireLeader(zone, cluster.epoch);
      cluster.beaconAtMs = Math.max(atMs, cluster.beaconAtMs ?? 0);
    },
    newestBeaconMs: async (zone) => (cluster.conditions[zone] === 'running' ? cluster.beaconAtMs : null),
    fence: async (from, { mode }, { epoch }) => {
      admitEpoch(cluster, epoch);
      if (mode === 'emergency') return evict(cluster, from, dataZones);
      return { kind: 'quorum', holds: true, why: `a majority holds without ${from}` };
    },
    waitUntilLevel: async (_from, to) => {
      const level = cluster.conditions[to] === 'running';
      const standbyPosition = level ? `${cluster.ids.length}` : null;
      return { level, writerPosition: null, standbyPosition, bytesBehind: level ? 0 : null };
    },
    ensureWriterIn: async (zone, { epoch }) => lead(zone, epoch),
    admitWrites: async (zone, { epoch }) => requireLeader(zone, epoch),
    verify: async (zone, { epoch }) => verify(cluster, zone, epoch),
    // The others answer for a broker that is silent.
    preflight: async (to) => {
      const findings = cluster.conditions[to] === 'running' ? [] : [`the broker in ${to} is not in sync`];
      return { ok: findings.length === 0, findings, numbers: {} };
    },
    undoFence: async (from, _options, { epoch }) => lead(from, epoch),
    degrade: async (zone, { epoch }) => requireLeader(zone, epoch),
    rejoin: async (zone, writer, { epoch }) => {
      if (zone === writer) throw new Refused('same-zone', `${zone} is the writer`);
      requireLeader(writer, epoch);
      const how = cluster.conditions[zone] === 'running' ? 'already' : 'restarted';
      cluster.conditions[zone] = 'running';
      return { how };
    },
    ensureSynchronous: async (writer, _standby, { epoch }) => requireLeader(writer, epoch),
    close: async () => undefined,
  };
}
