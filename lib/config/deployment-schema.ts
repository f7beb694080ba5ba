import * as z from 'zod';
import { address, choice, flag, ipv4, map, numberBetween, perZone, text, wholeBetween } from './fields';
import { BALANCE_DEFAULTS } from '../domain/traffic/balance';
import { SHIFT_DEFAULTS } from '../domain/traffic/shift-policy';
import { SYNC_DEFAULTS } from './sync-defaults';

/** A name that fits into table, function, state machine and execution names (80 characters with our additions). */
const name = text(/^[a-z][a-z0-9-]{0,29}$/, 'a name of small letters, digits and -, at most 30, like orders');
const identifier = text(/^[a-z_][a-z0-9_]{0,62}$/, 'a PostgreSQL name of small letters, digits and _');
const domain = text(
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+\.?$/i,
  'a domain name, like orders.example.com',
);

const target = map({
  kind: choice(['lab', 'aws']),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS Region, like us-east-1').default('us-east-1'),
  account: text(/^\d{12}$/, 'the 12 digits of an AWS account in quotes, like "123456789012"').exactOptional(),
  vpcId: text(/^vpc-[0-9a-f]+$/, 'a VPC id, like vpc-0a1b2c3d').exactOptional(),
});

const zone = map({
  id: text(/^[a-z][a-z0-9-]*$/, 'a zone id: use1-az1 on AWS, az-a in the lab'),
  role: choice(['primary', 'secondary', 'witness']),
  subnetId: text(/^subnet-[0-9a-f]+$/, 'a subnet id, like subnet-0a1b2c3d').exactOptional(),
});

/** All times in the units that people think in; `toTopology` turns them into milliseconds. */
const policy = map({
  automatic: choice(['off', 'shadow', 'on']).default('shadow'),
  checkIntervalSeconds: numberBetween(0.05, 60, 'seconds').default(30),
  failureThreshold: wholeBetween(1, 20, 'rounds').default(3),
  confirmingProbes: wholeBetween(1, 10, 'probes').default(3),
  confirmingSpacingSeconds: numberBetween(0.01, 10, 'seconds').default(0.2),
  probeTimeoutSeconds: numberBetween(0.05, 20, 'seconds').default(2),
  cooldownMinutes: numberBetween(0, 1440, 'minutes').default(30),
  rpoSeconds: numberBetween(0, 86_400, 'seconds').default(60),
  rtoSeconds: numberBetween(1, 86_400, 'seconds').default(300),
  minimumConfidence: numberBetween(0, 100, 'percent').default(70),
  staleAfterSeconds: numberBetween(0.1, 600, 'seconds').exactOptional(),
  rpoGates: z
    .array(choice(['postgres', 'redis', 'kafka', 'objects']), { error: 'a list of components' })
    .default(['postgres']),
  stepDeadlineSeconds: numberBetween(1, 3600, 'seconds').default(60),
}).prefault({});

const verify = map({
  beforePlanned: choice(['on', 'required', 'off']).default('on'),
  afterSwitch: flag().default(true),
  proofMinutes: numberBetween(1, 1440, 'minutes').default(10),
  timeLimitMinutes: numberBetween(1, 1440, 'minutes').default(60),
  keys: choice(['shown', 'hashed']).default('shown'),
}).prefault({});

const common = {
  weight: numberBetween(0, 100, 'share of the zone score, against the other weights'),
  seenBy: z.array(z.string({ error: 'a zone id, or region' }), { error: 'a list of zone ids and region' }),
};

const sync = ({ batchSize, intervalSeconds, maxLagSeconds, compression }: SyncDefaults) =>
  map({
    batchSize: wholeBetween(1, 1_000_000, 'rows or messages').default(batchSize),
    intervalSeconds: numberBetween(0.01, 3600, 'seconds').default(intervalSeconds),
    maxLagSeconds: numberBetween(0.1, 86_400, 'seconds').default(maxLagSeconds),
    compression: flag().default(compression),
  }).prefault({});
type SyncDefaults = (typeof SYNC_DEFAULTS)[keyof typeof SYNC_DEFAULTS];

const HOST = 'a map with either the key agent (lab) or the key instanceId (AWS)';
const host = z.union(
  [
    map({ agent: address() }),
    map({ instanceId: text(/^i-[0-9a-f]+$/, 'an EC2 instance id, like i-0a1b2c3d') }),
  ],
  { error: HOST },
);

const postgres = map({
  engine: choice(['streaming']).default('streaming'),
  database: identifier.default('orders'),
  user: identifier.default('evac'),
  passwordSecret: text(/^[\w/+=.@-]{1,256}$/, 'the name of a secret in Secrets Manager').exactOptional(),
  endpoints: perZone(address()),
  hosts: perZone(host),
  weight: common.weight.default(3),
  seenBy: common.seenBy.exactOptional(),
  sync: sync(SYNC_DEFAULTS.postgres),
});

const redisUser = text(/^[\w.-]{1,64}$/, 'the name of a Redis ACL user');
const redis = map({
  engine: choice(['replica']).default('replica'),
  user: redisUser.default('evac'),
  workloadUsers: z
    .array(redisUser, { error: 'a list of the ACL users that the workload logs in as' })
    .min(1, { error: 'a list of the ACL users that the workload logs in as' }),
  passwordSecret: text(/^[\w/+=.@-]{1,256}$/, 'the name of a secret in Secrets Manager').exactOptional(),
  endpoints: perZone(address()),
  hosts: perZone(host),
  weight: common.weight.default(1),
  seenBy: common.seenBy.exactOptional(),
  sync: sync(SYNC_DEFAULTS.redis),
});

const kafka = map({
  engine: choice(['stretch']).default('stretch'),
  topics: z
    .array(text(/^[\w.-]{1,249}$/, 'the name of a topic'), { error: 'a list of the topics of the workload' })
    .min(1, { error: 'a list of the topics of the workload' }),
  endpoints: perZone(address()),
  weight: common.weight.default(1),
  seenBy: common.seenBy.exactOptional(),
  sync: sync(SYNC_DEFAULTS.kafka),
});

const SECRET = 'the name of a secret in Secrets Manager';
const objects = map({
  engine: choice(['replicated']).default('replicated'),
  bucket: text(/^[a-z0-9][a-z0-9.-]{1,56}[a-z0-9]$/, 'a bucket of 3 to 58 small letters, digits, - and .'),
  region: text(/^[a-z0-9-]{1,32}$/, 'what the stores take for their Region, like us-east-1').default(
    'us-east-1',
  ),
  user: text(/^[\w+=,.@-]{3,64}$/, 'an access key of 3 to 64 characters').default('evac'),
  workloadPolicy: text(
    /^[\w+=,.@-]{1,128}$/,
    "the name of the policy that the workload's user has, and no other",
  ).default('evac-workload'),
  passwordSecret: text(/^[\w/+=.@-]{1,256}$/, SECRET).exactOptional(),
  endpoints: perZone(address()),
  hosts: perZone(host),
  weight: common.weight.default(1),
  seenBy: common.seenBy.exactOptional(),
  sync: sync(SYNC_DEFAULTS.objects),
});

const path = text(/^\/[\w./~-]*$/, 'a path that starts with /, like /healthz');

const api = map({
  engine: choice(['http']).default('http'),
  healthPath: path.default('/healthz'),
  endpoints: perZone(address()),
  weight: common.weight.default(1),
  seenBy: common.seenBy.exactOptional(),
});

const RULE = 'listener-rule/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee';
const TARGET_GROUP = 'targetgroup/orders-a/73e2d6bc24d8a067';
const STEPS = 'a list of growing whole numbers from 1 to 100 (percent), the last one 100';
const isLadder = (steps: readonly number[]): boolean =>
  steps.at(-1) === 100 && steps.every((step, index) => step > (steps[index - 1] ?? 0));

/** How a planned move's traffic goes over; left out: in one step. */
const steps = map({
  percent: z
    .array(wholeBetween(1, 100, 'percent'), { error: STEPS })
    .refine(isLadder, { error: STEPS })
    .default([...SHIFT_DEFAULTS.steps]),
  seconds: numberBetween(0, 600, 'seconds').default(SHIFT_DEFAULTS.dwellSeconds),
  patienceSeconds: numberBetween(1, 900, 'seconds').default(SHIFT_DEFAULTS.patienceSeconds),
  minSamples: wholeBetween(1, 10_000, 'requests').default(SHIFT_DEFAULTS.minSamples),
  maxErrorPercent: numberBetween(0, 100, 'percent').default(SHIFT_DEFAULTS.maxErrorPercent),
  maxP99Seconds: numberBetween(0.001, 60, 'seconds').default(SHIFT_DEFAULTS.maxP99Seconds),
  maxUtilisationPercent: numberBetween(1, 100, 'percent').default(SHIFT_DEFAULTS.maxUtilisationPercent),
});

/** Active-active only: how the zones share the traffic, and how one that was drained gets its share back. */
const balance = map({
  shares: perZone(wholeBetween(0, 100, 'percent')).exactOptional(),
  returnAfterSeconds: numberBetween(1, 3_600, 'seconds').default(BALANCE_DEFAULTS.returnAfterSeconds),
  stepSeconds: numberBetween(0.1, 600, 'seconds').default(BALANCE_DEFAULTS.stepSeconds),
});

/** Which keys belong to which kind is for `trafficChecks` to say: a map's own message could not name the kind. */
const samples = map({
  kind: choice(['api', 'cloudwatch']),
  path: path.exactOptional(),
  requestsPerSecond: perZone(numberBetween(0.001, 10_000_000, 'requests a second')).exactOptional(),
});

const elb = (resource: RegExp, like: string) =>
  text(
    new RegExp(`^arn:aws[\\w-]*:elasticloadbalancing:[\\w-]+:\\d{12}:${resource.source}$`),
    `an ARN, like arn:aws:elasticloadbalancing:us-east-1:123456789012:${like}`,
  );

const traffic = map({
  kind: choice(['route53', 'alb']).default('route53'),
  hostedZoneName: domain.exactOptional(),
  hostedZoneId: text(/^Z[A-Z0-9]{5,31}$/, 'a hosted zone id, like Z0123456789ABCDEFGHIJ').exactOptional(),
  recordName: domain.exactOptional(),
  ttlSeconds: wholeBetween(0, 300, 'seconds').default(5),
  targets: perZone(ipv4()).exactOptional(),
  ruleArn: elb(/listener-rule\/app\/[\w-]+\/[0-9a-f]+\/[0-9a-f]+\/[0-9a-f]+/, RULE).exactOptional(),
  targetGroups: perZone(elb(/targetgroup\/[\w-]+\/[0-9a-f]+/, TARGET_GROUP)).exactOptional(),
  servicePort: wholeBetween(1, 65_535, 'TCP port').default(8080),
  steps: steps.exactOptional(),
  samples: samples.exactOptional(),
  balance: balance.exactOptional(),
});

/** The deployment file, as people write it. Unknown keys are refused; docs/configuration.md explains each. */
export const deploymentSchema = map({
  workload: name,
  target,
  mode: choice(['active-standby', 'active-active']).default('active-standby'),
  zones: z
    .array(zone, { error: 'a list of at least three zones' })
    .min(3, { error: 'a list of at least three zones' }),
  policy,
  verify,
  components: map({
    postgres,
    redis: redis.exactOptional(),
    kafka: kafka.exactOptional(),
    objects: objects.exactOptional(),
    api,
  }),
  peers: perZone(address()),
  traffic,
  notify: map({ email: text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address') }).exactOptional(),
});

export type Deployment = z.infer<typeof deploymentSchema>;
