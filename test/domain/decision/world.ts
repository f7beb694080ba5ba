import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import type {
  Observation,
  ProbeResult,
  ReplicationView,
  TargetKind,
  TargetObservation,
} from '../../../lib/domain/observation';
import type { Seat } from '../../../lib/domain/protocol/seat';
import type {
  KafkaComponent,
  ObjectsComponent,
  Policy,
  PostgresComponent,
  Route53TrafficConfig,
  Topology,
  WitnessId,
  ZoneId,
} from '../../../lib/domain/topology';
import { postgresOf } from '../../../lib/domain/topology';

/**
 * The tests' world: az-a writes, az-b is its standby, az-c and the Region only look. As on AWS, the regional witness
 * sees the API and not the private PostgreSQL.
 *
 * A grid is what the witnesses saw last, a row each, a letter per target:
 *   o  ok, steadily            n  ok, but only since this round     s  ok, and the primary shows no working standby
 *   F  failed, confirmed, for three thresholds    C  failed, confirmed just now    f  failed, not confirmed yet
 *   T  as F, and by timeouts       l  ok, one of its last probes was lost      x  failed twice in a row, by timeouts
 *   u  unknown                                    .  not watched
 * A row that says `silent` is a witness whose rounds no longer change.
 */
export const COLUMNS = ['pg@a', 'api@a', 'host@a', 'pg@b', 'api@b', 'host@b', 'peer@c'] as const;
export const WITNESSES = ['az-a', 'az-b', 'az-c', 'region'] as const;

export const POLICY: Policy = {
  automatic: 'on',
  checkIntervalMs: 200,
  failureThreshold: 3,
  confirmingProbes: 3,
  confirmingSpacingMs: 10,
  probeTimeoutMs: 150,
  cooldownMs: 1_800_000,
  rpoMs: 60_000,
  rtoMs: 300_000,
  minimumConfidence: 70,
  staleAfterMs: 1_000,
  rpoGates: ['postgres'],
  stepDeadlineMs: 10_000,
};

const address = { host: '198.18.0.9', port: 1 };
const both = { 'az-a': address, 'az-b': address };

export const RECORDS: Route53TrafficConfig = {
  kind: 'route53',
  hostedZoneName: 'evac.internal',
  recordName: 'orders.evac.internal',
  ttlSeconds: 1,
  targets: {},
  servicePort: 8080,
};

export const topologyWith = (policy: Partial<Policy> = {}): Topology => ({
  workload: 'orders',
  target: { kind: 'lab', region: 'us-east-1' },
  mode: 'active-standby',
  zones: [
    { id: 'az-a', role: 'primary' },
    { id: 'az-b', role: 'secondary' },
    { id: 'az-c', role: 'witness' },
  ],
  policy: { ...POLICY, ...policy },
  verify: {
    beforePlanned: 'off',
    afterSwitch: false,
    proofMs: 600_000,
    timeLimitMs: 3_600_000,
    keys: 'shown',
  },
  components: [
    {
      component: 'postgres',
      engine: 'streaming',
      database: 'orders',
      user: 'orders',
      password: { parameter: 'PostgresPassword' },
      endpoints: both,
      hosts: { 'az-a': { kind: 'agent', ...address }, 'az-b': { kind: 'agent', ...address } },
      weight: 3,
      sync: { batchSize: 1000, intervalMs: 1000, maxLagMs: 30_000, compression: true },
      seenBy: ['az-a', 'az-b', 'az-c'],
    },
    {
      component: 'api',
      engine: 'http',
      healthPath: '/healthz',
      endpoints: both,
      weight: 1,
      seenBy: ['az-a', 'az-b', 'az-c', 'region'],
    },
  ],
  peers: { 'az-a': address, 'az-b': address, 'az-c': address },
  traffic: RECORDS,
});

/** The same with Redis beside PostgreSQL, seen by the same witnesses. */
export const withRedis = (topology: Topology): Topology => {
  const [postgres, ...others] = topology.components;
  if (postgres?.component !== 'postgres') throw new Error('PostgreSQL was expected first');
  const { endpoints, hosts, seenBy } = postgres;
  return {
    ...topology,
    components: [
      postgres,
      {
        component: 'redis',
        engine: 'replica',
        user: 'evac',
        password: { parameter: 'RedisPassword' },
        workloadUsers: ['orders'],
        endpoints,
        hosts,
        weight: 1,
        sync: { batchSize: 100, intervalMs: 500, maxLagMs: 5_000, compression: false },
        seenBy,
      },
      ...others,
    ],
  };
};

/** With Kafka, too: a broker in each zone. */
export const withKafka = (topology: Topology): Topology => {
  const { endpoints, seenBy } = postgresOf(topology) as PostgresComponent;
  const kafka: KafkaComponent = {
    component: 'kafka',
    engine: 'stretch',
    topics: ['orders'],
    endpoints: { ...endpoints, 'az-c': { host: '10.80.30.10', port: 9092 } },
    hosts: {},
    weight: 1,
    sync: { batchSize: 500, intervalMs: 2_000, maxLagMs: 60_000, compression: true },
    seenBy,
  };
  return { ...topology, components: [...topology.components, kafka] };
};

/** Whoever saw PostgreSQL saw the broker beside it the same way, or as `kafkaIs` says in a zone. */
export const seenWithKafka = (
  seen: Observation,
  kafkaIs: Readonly<Record<ZoneId, string>> = {},
): Observation => ({
  ...seen,
  targets: seen.targets.flatMap((target) => {
    if (target.kind !== 'postgres') return [target];
    const letter = kafkaIs[target.zone];
    const own = letter === undefined ? [target] : targetOf(target.zone.replace('az-', 'pg@'), letter);
    return [target, ...own.map((each) => ({ ...each, kind: 'kafka' as const }))];
  }),
});

/** With objects, too: a store in each data zone that acknowledges alone. */
export const withObjects = (topology: Topology): Topology => {
  const { endpoints, hosts, seenBy } = postgresOf(topology) as PostgresComponent;
  const objects: ObjectsComponent = {
    component: 'objects',
    engine: 'replicated',
    bucket: 'orders',
    region: 'us-east-1',
    user: 'evac',
    password: { parameter: 'ObjectsPassword' },
    workloadPolicy: 'evac-workload',
    endpoints,
    hosts,
    weight: 1,
    sync: { batchSize: 10, intervalMs: 5_000, maxLagMs: 300_000, compression: true },
    seenBy,
  };
  return { ...topology, components: [...topology.components, objects] };
};

/** Whoever saw PostgreSQL saw the store of objects the same way, or as `objectsAre` says in a zone; its beacon is this old. */
export const seenWithObjects = (
  seen: Observation,
  objectsAre: Readonly<Record<ZoneId, string>> = {},
  beaconAgeMs: number | null = 6_000,
): Observation => ({
  ...seen,
  targets: seen.targets.flatMap((target) => {
    if (target.kind === 'host') return [target, { ...target, kind: 'host-objects' as const }];
    if (target.kind !== 'postgres') return [target];
    const letter = objectsAre[target.zone];
    const own = letter === undefined ? [target] : targetOf(target.zone.replace('az-', 'pg@'), letter);
    const beaconAtMs = beaconAgeMs === null ? null : NOW_MS - beaconAgeMs;
    return [target, ...own.map((each) => objectsSeen(each, beaconAtMs))];
  }),
});

const objectsSeen = (target: TargetObservation, beaconAtMs: number | null): TargetObservation => ({
  ...target,
  kind: 'objects',
  latest:
    target.latest.state === 'ok'
      ? { ...target.latest, replication: replicationWith({ beaconAtMs }) }
      : target.latest,
});

const BESIDE: Partial<Record<TargetKind, TargetKind>> = { postgres: 'redis', host: 'host-redis' };

/** Whoever saw PostgreSQL or its host saw Redis and its host the same way, or as `redisIs` says in a zone. */
export const seenWithRedis = (
  seen: Observation,
  redisIs: Readonly<Record<ZoneId, string>> = {},
): Observation => ({
  ...seen,
  targets: seen.targets.flatMap((target) => {
    const kind = BESIDE[target.kind];
    if (kind === undefined) return [target];
    const letter = kind === 'redis' ? redisIs[target.zone] : undefined;
    const own = letter === undefined ? [target] : targetOf(target.zone.replace('az-', 'pg@'), letter);
    return [target, ...own.map((each) => ({ ...each, kind }))];
  }),
});

export const NOW_MS = 1_800_000_000_000;

export const seatWith = (seat: Partial<Seat> = {}): Seat => ({
  workload: 'orders',
  epoch: 7,
  writer: 'az-a',
  eligible: 'az-b',
  beside: {},
  operation: null,
  cooldownUntilMs: 0,
  lastOutcome: null,
  drill: null,
  nonce: 'n7',
  ...seat,
});

export const replicationWith = (view: Partial<ReplicationView> = {}): ReplicationView => ({
  role: 'primary',
  position: '0/3000000',
  timeline: 1,
  writable: true,
  lagSeconds: null,
  standbys: [{ name: 'az-b-e7', state: 'streaming', syncState: 'sync', flushLagBytes: 0 }],
  syncSetting: 'FIRST 1 ("az-b-e7")',
  blockedWriters: 0,
  fenceEpoch: 7,
  beaconAtMs: NOW_MS - 800,
  upstreamHost: null,
  ...view,
});

export const OK: ProbeResult = { state: 'ok', reason: null, latencyMs: 2 };
export const FAILED: ProbeResult = { state: 'failed', reason: 'connection refused', latencyMs: null };
export const TIMED_OUT: ProbeResult = { state: 'failed', reason: 'timeout', latencyMs: null };
export const UNKNOWN: ProbeResult = {
  state: 'unknown',
  reason: 'the witness itself was late',
  latencyMs: null,
};

const CALM = 'oooooooooo';
const LETTERS: Record<string, Partial<TargetObservation> & Pick<TargetObservation, 'latest'>> = {
  o: { latest: OK },
  n: { latest: OK, recent: 'ffffffffo' },
  s: { latest: OK, roundsWithoutStandby: 3 },
  F: { latest: FAILED, consecutiveFailed: 9, confirmed: true, recent: `${CALM}fff` },
  C: { latest: FAILED, consecutiveFailed: 3, confirmed: true, recent: `${CALM}fff` },
  f: { latest: FAILED, consecutiveFailed: 1, recent: `${CALM}f` },
  T: { latest: TIMED_OUT, consecutiveFailed: 9, confirmed: true, recent: `${CALM}fff` },
  x: { latest: TIMED_OUT, consecutiveFailed: 2, recent: `${CALM}ff` },
  l: { latest: OK, recent: `${CALM}foo` },
  u: { latest: UNKNOWN, recent: `${CALM}u` },
};

const targetOf = (column: string, letter: string): readonly TargetObservation[] => {
  const seen = LETTERS[letter];
  const [short, zone] = column.split('@');
  if (seen === undefined || zone === undefined) return [];
  const kind = (short === 'pg' ? 'postgres' : short) as TargetKind;
  const base = {
    consecutiveFailed: 0,
    confirmed: false,
    recent: CALM,
    baselineLatencyMs: 2,
    roundsWithoutStandby: 0,
  };
  return [{ kind, zone: `az-${zone}`, ...base, ...seen }];
};

export type Row = readonly string[] | 'silent';
export type Grid = Readonly<Record<string, Row>>;

/** Reads a grid; a malformed one is a mistake in the test. */
export const gridOf = (text: string): Grid =>
  Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map(([witness = '', ...letters]): [string, Row] => {
        if (letters[0] === 'silent') return [witness, 'silent'];
        if (letters.length !== COLUMNS.length) throw new Error(`${witness} needs ${COLUMNS.length} letters`);
        return [witness, letters];
      }),
  );

export const observationOf = (witness: WitnessId, letters: readonly string[], round = 100): Observation => ({
  witness,
  zone: witness === 'region' ? null : witness,
  runId: `run-${witness}`,
  round,
  atMs: NOW_MS,
  stalledMs: 0,
  targets: COLUMNS.flatMap((column, index) => targetOf(column, letters[index] ?? '.')),
});

const isHeard = (entry: [string, Row]): entry is [string, readonly string[]] => entry[1] !== 'silent';

export interface Setting {
  readonly seat?: Partial<Seat>;
  readonly policy?: Partial<Policy>;
  readonly nowMs?: number;
}

export const snapshotOf = (grid: Grid | string, setting: Setting = {}): Snapshot => {
  const rows = Object.entries(typeof grid === 'string' ? gridOf(grid) : grid);
  return {
    topology: topologyWith(setting.policy),
    policyVersion: 'p1',
    seat: seatWith(setting.seat),
    observations: rows.map(([witness, row]) => observationOf(witness, row === 'silent' ? [] : row)),
    ageMs: Object.fromEntries(rows.filter(isHeard).map(([witness]) => [witness, 50])),
    nowMs: setting.nowMs ?? NOW_MS,
    decidedBy: null,
  };
};

//                pg@a api@a host@a   pg@b api@b host@b   peer@c
export const CALM_GRID = `
  az-a            o    o     o        o    o     o        o
  az-b            o    o     o        o    o     o        o
  az-c            o    o     o        o    o     o        .
  region          .    o     .        .    o     .        .`;

export const ZONE_LOSS_GRID = `
  az-a            silent
  az-b            F    F     F        o    o     o        o
  az-c            F    F     F        o    o     o        .
  region          .    F     .        .    o     .        .`;
