import type {
  ApiComponent,
  HostAddress,
  KafkaComponent,
  ObjectsComponent,
  Policy,
  PostgresComponent,
  RedisComponent,
  SyncPolicy,
  Topology,
  VerifyPolicy,
  WitnessId,
  ZoneId,
} from '../domain/topology';
import { REGION_WITNESS } from '../domain/topology';
import type { Deployment } from './deployment-schema';
import { trafficOf } from './to-traffic';

const ms = (seconds: number): number => Math.round(seconds * 1000);
const MINUTE_SECONDS = 60;

/** Three rounds: one that was lost and one that ran long do not make a witness stale. */
const STALE_ROUNDS = 3;

/** A round takes as long as its slowest probe, when that is longer than the interval. */
export const roundSeconds = ({ checkIntervalSeconds, probeTimeoutSeconds }: Deployment['policy']): number =>
  Math.max(checkIntervalSeconds, probeTimeoutSeconds);

export const staleAfterSeconds = (policy: Deployment['policy']): number =>
  policy.staleAfterSeconds ?? STALE_ROUNDS * roundSeconds(policy);

/** Zones see everything in the VPC; the regional witness runs outside it and sees only what is public. */
export const defaultSeenBy = (
  { zones }: Pick<Deployment, 'zones'>,
  isPublic: boolean,
): readonly WitnessId[] => [...zones.map((zone) => zone.id), ...(isPublic ? [REGION_WITNESS] : [])];

export const policyOf = ({ policy }: Pick<Deployment, 'policy'>): Policy => ({
  automatic: policy.automatic,
  checkIntervalMs: ms(policy.checkIntervalSeconds),
  failureThreshold: policy.failureThreshold,
  confirmingProbes: policy.confirmingProbes,
  confirmingSpacingMs: ms(policy.confirmingSpacingSeconds),
  probeTimeoutMs: ms(policy.probeTimeoutSeconds),
  cooldownMs: ms(policy.cooldownMinutes * MINUTE_SECONDS),
  rpoMs: ms(policy.rpoSeconds),
  rtoMs: ms(policy.rtoSeconds),
  minimumConfidence: policy.minimumConfidence,
  staleAfterMs: ms(staleAfterSeconds(policy)),
  rpoGates: policy.rpoGates,
  stepDeadlineMs: ms(policy.stepDeadlineSeconds),
});

const verifyOf = ({ verify }: Deployment): VerifyPolicy => ({
  beforePlanned: verify.beforePlanned,
  afterSwitch: verify.afterSwitch,
  proofMs: ms(verify.proofMinutes * MINUTE_SECONDS),
  timeLimitMs: ms(verify.timeLimitMinutes * MINUTE_SECONDS),
  keys: verify.keys,
});

type HostEntry = Deployment['components']['postgres']['hosts'][string];

const hostOf = (host: HostEntry): HostAddress =>
  'agent' in host ? { kind: 'agent', ...host.agent } : { kind: 'ssm', instanceId: host.instanceId };

const hostsOf = (hosts: Readonly<Record<ZoneId, HostEntry>>): Readonly<Record<ZoneId, HostAddress>> =>
  Object.fromEntries(Object.entries(hosts).map(([zone, host]) => [zone, hostOf(host)]));

const syncOf = (sync: Deployment['components']['postgres']['sync']): SyncPolicy => ({
  batchSize: sync.batchSize,
  intervalMs: ms(sync.intervalSeconds),
  maxLagMs: ms(sync.maxLagSeconds),
  compression: sync.compression,
});

const postgresOf = (deployment: Deployment): PostgresComponent => {
  const { hosts, sync, seenBy, passwordSecret, ...rest } = deployment.components.postgres;
  return {
    component: 'postgres',
    ...rest,
    password: passwordSecret === undefined ? { parameter: 'PostgresPassword' } : { secret: passwordSecret },
    hosts: hostsOf(hosts),
    seenBy: seenBy ?? defaultSeenBy(deployment, false),
    sync: syncOf(sync),
  };
};

const redisOf = (deployment: Deployment): readonly RedisComponent[] => {
  if (deployment.components.redis === undefined) return [];
  const { hosts, sync, seenBy, passwordSecret, ...rest } = deployment.components.redis;
  return [
    {
      component: 'redis',
      ...rest,
      password: passwordSecret === undefined ? { parameter: 'RedisPassword' } : { secret: passwordSecret },
      hosts: hostsOf(hosts),
      seenBy: seenBy ?? defaultSeenBy(deployment, false),
      sync: syncOf(sync),
    },
  ];
};

const kafkaOf = (deployment: Deployment): readonly KafkaComponent[] => {
  if (deployment.components.kafka === undefined) return [];
  const { sync, seenBy, ...rest } = deployment.components.kafka;
  return [
    {
      component: 'kafka',
      ...rest,
      hosts: {},
      seenBy: seenBy ?? defaultSeenBy(deployment, false),
      sync: syncOf(sync),
    },
  ];
};

const objectsOf = (deployment: Deployment): readonly ObjectsComponent[] => {
  if (deployment.components.objects === undefined) return [];
  const { hosts, sync, seenBy, passwordSecret, ...rest } = deployment.components.objects;
  return [
    {
      component: 'objects',
      ...rest,
      password: passwordSecret === undefined ? { parameter: 'ObjectsPassword' } : { secret: passwordSecret },
      hosts: hostsOf(hosts),
      seenBy: seenBy ?? defaultSeenBy(deployment, false),
      sync: syncOf(sync),
    },
  ];
};

const apiOf = (deployment: Deployment): ApiComponent => {
  const { seenBy, ...rest } = deployment.components.api;
  return { component: 'api', ...rest, seenBy: seenBy ?? defaultSeenBy(deployment, true) };
};

/** The readonly Topology that stack, Lambdas, CLI and lab use. */
export const toTopology = (deployment: Deployment): Topology => ({
  workload: deployment.workload,
  target: deployment.target,
  mode: deployment.mode,
  zones: deployment.zones,
  policy: policyOf(deployment),
  verify: verifyOf(deployment),
  components: [
    postgresOf(deployment),
    ...redisOf(deployment),
    ...kafkaOf(deployment),
    ...objectsOf(deployment),
    apiOf(deployment),
  ],
  peers: deployment.peers,
  traffic: trafficOf(deployment),
  ...(deployment.notify === undefined ? {} : { notify: deployment.notify }),
});
