import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { loadTopology, parseTopology } from '../../lib/config/load-topology';
import { policyVersion } from '../../lib/config/policy-version';
import { readTopologyJson } from '../../lib/config/topology-json';
import { InvalidConfiguration } from '../../lib/domain/errors';
import { apiOf, kafkaOf, objectsOf, postgresOf, redisOf } from '../../lib/domain/topology';

const read = (name: string) => readFileSync(join(__dirname, '../../config', name), 'utf8');
const lab = read('lab.yaml');
const aws = read('aws.example.yaml');

type Edit = readonly [path: readonly (string | number)[], value: unknown];

const edited = (text: string, ...edits: readonly Edit[]): string => {
  const document = parseDocument(text);
  for (const [path, value] of edits) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
  }
  return document.toString();
};

const findings = (text: string): string => {
  try {
    parseTopology(text, 'evac.yaml');
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.message;
    throw error;
  }
  throw new Error('accepted');
};

const messageFor = (text: string, ...edits: readonly Edit[]): string => findings(edited(text, ...edits));

const ELB = 'arn:aws:elasticloadbalancing:us-east-1:123456789012';
const RULE = `${ELB}:listener-rule/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`;
const TARGET_GROUP = (zone: string): string => `${ELB}:targetgroup/orders-${zone}/73e2d6bc24d8a067`;
const TARGET_GROUPS = { 'use1-az1': TARGET_GROUP('a'), 'use1-az2': TARGET_GROUP('b') };
const alb = edited(aws, [
  ['traffic'],
  {
    kind: 'alb',
    ruleArn: RULE,
    targetGroups: TARGET_GROUPS,
    steps: {},
    samples: { kind: 'cloudwatch', requestsPerSecond: { 'use1-az1': 200, 'use1-az2': 150 } },
  },
]);

describe('the traffic', () => {
  const trafficIn = (text: string) => parseTopology(text, 'evac.yaml').traffic;

  it('goes over in the documented steps where steps are asked for', () => {
    expect(trafficIn(alb).progressive).toEqual({
      steps: [1, 5, 25, 50, 100],
      dwellMs: 60_000,
      patienceMs: 300_000,
      minSamples: 100,
      maxErrorPercent: 1,
      maxP99Ms: 1_000,
      maxUtilisationPercent: 80,
    });
  });

  it('goes over at once, and is not counted, where they are not', () => {
    const bare = edited(lab, [['traffic', 'steps'], undefined], [['traffic', 'samples'], undefined]);
    expect(trafficIn(bare)).toEqual({
      kind: 'route53',
      hostedZoneName: 'evac.test',
      recordName: 'orders.evac.test',
      ttlSeconds: 1,
      targets: { 'az-a': '198.18.1.1', 'az-b': '198.18.2.1' },
      servicePort: 8080,
    });
  });

  it('of a load balancer is counted by its metrics, named as CloudWatch names them', () => {
    expect(trafficIn(alb)).toMatchObject({
      kind: 'alb',
      ruleArn: RULE,
      targetGroups: TARGET_GROUPS,
      samples: {
        kind: 'cloudwatch',
        loadBalancer: 'app/orders/50dc6c495c0c9188',
        targetGroups: {
          'use1-az1': 'targetgroup/orders-a/73e2d6bc24d8a067',
          'use1-az2': 'targetgroup/orders-b/73e2d6bc24d8a067',
        },
        requestsPerSecond: { 'use1-az1': 200, 'use1-az2': 150 },
      },
    });
  });

  it('is shared evenly in active-active, or as the file says, and in active-standby not at all', () => {
    const both = edited(lab, [['mode'], 'active-active']);
    expect(trafficIn(lab).balance).toBeUndefined();
    expect(trafficIn(both).balance).toEqual({
      shares: { 'az-a': 50, 'az-b': 50 },
      returnAfterMs: 60_000,
      dwellMs: 30_000,
      steps: [1, 5, 25, 50, 100],
    });
    const shares = { 'az-a': 80, 'az-b': 20 };
    const named = edited(both, [['traffic', 'balance'], { shares, returnAfterSeconds: 5 }]);
    const atOnce = edited(named, [['traffic', 'samples'], undefined], [['traffic', 'steps'], undefined]);
    expect(trafficIn(named).balance).toMatchObject({ shares, returnAfterMs: 5_000, dwellMs: 30_000 });
    expect(trafficIn(atOnce).balance?.steps).toEqual([1, 5, 25, 50, 100]);
  });

  it.each([
    [
      'in active-standby',
      lab,
      {},
      'traffic.balance: found a value, allowed: nothing, since mode is active-standby',
    ],
    [
      'that leaves a zone out',
      edited(lab, [['mode'], 'active-active']),
      { shares: { 'az-a': 100 } },
      'traffic.balance.shares.az-b: found nothing',
    ],
    [
      'that is not the whole',
      edited(lab, [['mode'], 'active-active']),
      { shares: { 'az-a': 50, 'az-b': 40 } },
      'traffic.balance.shares: found 90 percent in all, allowed: 100 percent in all',
    ],
  ])('is refused with a balance %s', (_what, base, balance, expected) => {
    expect(messageFor(base, [['traffic', 'balance'], balance])).toContain(expected);
  });

  it('is counted by the API on the usual path', () => {
    const usual = edited(lab, [['traffic', 'samples'], { kind: 'api' }]);
    expect(trafficIn(usual).samples).toEqual({ kind: 'api', path: '/samples' });
  });
});

describe('the defaults', () => {
  const bare = edited(
    lab,
    [['policy'], undefined],
    [['mode'], undefined],
    [['components', 'postgres', 'sync'], undefined],
  );
  const topology = parseTopology(bare, 'evac.yaml');

  it('are the documented ones', () => {
    expect(topology.mode).toBe('active-standby');
    expect(topology.policy).toMatchObject({
      automatic: 'shadow',
      checkIntervalMs: 30_000,
      failureThreshold: 3,
      confirmingProbes: 3,
      cooldownMs: 1_800_000,
      rpoMs: 60_000,
      rtoMs: 300_000,
      minimumConfidence: 70,
      staleAfterMs: 90_000,
    });
    expect(postgresOf(topology)?.sync).toEqual({
      batchSize: 1000,
      intervalMs: 1000,
      maxLagMs: 30_000,
      compression: true,
    });
  });

  it('let every zone see what is private, and the Region what is public', () => {
    const open = edited(
      lab,
      [['components', 'postgres', 'seenBy'], undefined],
      [['components', 'api', 'seenBy'], undefined],
    );
    const parsed = parseTopology(open, 'evac.yaml');
    expect(postgresOf(parsed)?.seenBy).toEqual(['az-a', 'az-b', 'az-c']);
    expect(apiOf(parsed)?.seenBy).toEqual(['az-a', 'az-b', 'az-c', 'region']);
  });
});

describe('Kafka', () => {
  const section = {
    topics: ['orders'],
    endpoints: { 'az-a': '198.18.1.1:9092', 'az-b': '198.18.2.1:9092', 'az-c': '198.18.3.1:9092' },
  };
  const withSection = (...edits: readonly Edit[]): string =>
    edited(edited(lab, [['components', 'kafka'], section]), ...edits);

  it('may be left out', () => {
    const without = edited(lab, [['components', 'kafka'], undefined], [['policy', 'rpoGates'], ['postgres']]);
    expect(kafkaOf(parseTopology(without, 'evac.yaml'))).toBeUndefined();
  });

  it('has the documented defaults, and no machine that Evac would start or stop', () => {
    expect(kafkaOf(parseTopology(withSection(), 'evac.yaml'))).toEqual({
      component: 'kafka',
      engine: 'stretch',
      topics: ['orders'],
      endpoints: {
        'az-a': { host: '198.18.1.1', port: 9092 },
        'az-b': { host: '198.18.2.1', port: 9092 },
        'az-c': { host: '198.18.3.1', port: 9092 },
      },
      hosts: {},
      weight: 1,
      seenBy: ['az-a', 'az-b', 'az-c'],
      sync: { batchSize: 500, intervalMs: 2_000, maxLagMs: 60_000, compression: true },
    });
  });

  it.each<[what: string, edits: readonly Edit[], expected: string]>([
    [
      'no topic',
      [[['components', 'kafka', 'topics'], []]],
      'components.kafka.topics: found [], allowed: a list of the topics of the workload',
    ],
    [
      'a topic with a blank',
      [[['components', 'kafka', 'topics'], ['or ders']]],
      'components.kafka.topics.0: found "or ders", allowed: the name of a topic',
    ],
    [
      'no broker where the quorum needs its third',
      [[['components', 'kafka', 'endpoints', 'az-c'], undefined]],
      'components.kafka.endpoints.az-c: found nothing, allowed: a value for the zone az-c',
    ],
    [
      'machines',
      [[['components', 'kafka', 'hosts'], { 'az-a': { agent: '198.18.1.1:8084' } }]],
      'components.kafka.hosts',
    ],
  ])('is refused with %s', (_what, edits, expected) => {
    expect(findings(withSection(...edits))).toContain(expected);
  });
});

describe('Redis', () => {
  const section = {
    workloadUsers: ['orders'],
    endpoints: { 'az-a': '198.18.1.1:6379', 'az-b': '198.18.2.1:6379' },
    hosts: { 'az-a': { agent: '198.18.1.1:8083' }, 'az-b': { agent: '198.18.2.1:8083' } },
  };
  const without = edited(
    lab,
    [['components', 'redis'], undefined],
    [['components', 'kafka'], undefined],
    [['policy', 'rpoGates'], ['postgres']],
  );
  const withSection = (...edits: readonly Edit[]): string =>
    edited(edited(without, [['components', 'redis'], section]), ...edits);

  it('may be left out', () => {
    expect(redisOf(parseTopology(without, 'evac.yaml'))).toBeUndefined();
  });

  it('has the documented defaults, and stands beside PostgreSQL', () => {
    const topology = parseTopology(withSection(), 'evac.yaml');
    expect(topology.components.map(({ component }) => component)).toEqual(['postgres', 'redis', 'api']);
    expect(redisOf(topology)).toEqual({
      component: 'redis',
      engine: 'replica',
      user: 'evac',
      workloadUsers: ['orders'],
      password: { parameter: 'RedisPassword' },
      endpoints: {
        'az-a': { host: '198.18.1.1', port: 6379 },
        'az-b': { host: '198.18.2.1', port: 6379 },
      },
      hosts: {
        'az-a': { kind: 'agent', host: '198.18.1.1', port: 8083 },
        'az-b': { kind: 'agent', host: '198.18.2.1', port: 8083 },
      },
      weight: 1,
      seenBy: ['az-a', 'az-b', 'az-c'],
      sync: { batchSize: 100, intervalMs: 500, maxLagMs: 5_000, compression: false },
    });
  });

  it.each<[what: string, edits: readonly Edit[], expected: string]>([
    [
      'no workload users',
      [[['components', 'redis', 'workloadUsers'], []]],
      'components.redis.workloadUsers: found [], allowed: a list of the ACL users that the workload logs in as',
    ],
    [
      'a user that is none',
      [[['components', 'redis', 'workloadUsers'], ['or ders']]],
      'components.redis.workloadUsers.0: found "or ders", allowed: the name of a Redis ACL user',
    ],
    [
      'a zone without an endpoint',
      [[['components', 'redis', 'endpoints', 'az-b'], undefined]],
      'components.redis.endpoints.az-b: found nothing, allowed: a value for the zone az-b',
    ],
    [
      'a host of the other kind',
      [[['components', 'redis', 'hosts', 'az-a'], { instanceId: 'i-0a1b' }]],
      'components.redis.hosts.az-a: found the key instanceId, allowed: the key agent, since target.kind is lab',
    ],
    [
      'a secret in a lab',
      [[['components', 'redis', 'passwordSecret'], 'evac/redis']],
      'components.redis.passwordSecret: found "evac/redis", allowed: nothing, since target.kind is lab',
    ],
    [
      'no voter from outside',
      [
        [
          ['components', 'redis', 'seenBy'],
          ['az-a', 'az-b'],
        ],
      ],
      'components.redis.seenBy: found ["az-a","az-b"], allowed: at least one witness outside both data zones',
    ],
  ])('is refused with %s', (_what, edits, expected) => {
    expect(findings(withSection(...edits))).toContain(expected);
  });

  it('gates only where it is', () => {
    const gates: Edit = [
      ['policy', 'rpoGates'],
      ['postgres', 'redis'],
    ];
    expect(parseTopology(withSection(gates), 'evac.yaml').policy.rpoGates).toEqual(['postgres', 'redis']);
    expect(findings(edited(without, gates))).toContain(
      'policy.rpoGates.1: found "redis", allowed: a store of `components`: postgres',
    );
  });

  it('needs its secret on AWS', () => {
    const section = {
      workloadUsers: ['orders'],
      endpoints: { 'use1-az1': '10.0.1.30:6379', 'use1-az2': '10.0.2.30:6379' },
      hosts: { 'use1-az1': { instanceId: 'i-0a1b' }, 'use1-az2': { instanceId: 'i-0a1c' } },
    };
    expect(messageFor(aws, [['components', 'redis'], section])).toContain(
      'components.redis.passwordSecret: found nothing, allowed: a value, since target.kind is aws',
    );
    const named = edited(aws, [['components', 'redis'], { ...section, passwordSecret: 'evac/redis' }]);
    expect(redisOf(parseTopology(named, 'evac.yaml'))?.password).toEqual({ secret: 'evac/redis' });
  });
});

describe('objects', () => {
  const endpoints = { 'az-a': '198.18.1.1:9000', 'az-b': '198.18.2.1:9000' };
  const agents = { 'az-a': { agent: '198.18.1.1:8085' }, 'az-b': { agent: '198.18.2.1:8085' } };
  const section = { bucket: 'orders', endpoints, hosts: agents };
  const withSection = (...edits: readonly Edit[]): string =>
    edited(edited(lab, [['components', 'objects'], section]), ...edits);

  it('are read with all that may be left out', () => {
    const topology = parseTopology(withSection(), 'evac.yaml');
    expect(topology.components.map(({ component }) => component).slice(-2)).toEqual(['objects', 'api']);
    expect(objectsOf(topology)).toEqual({
      component: 'objects',
      engine: 'replicated',
      bucket: 'orders',
      region: 'us-east-1',
      user: 'evac',
      password: { parameter: 'ObjectsPassword' },
      workloadPolicy: 'evac-workload',
      endpoints: {
        'az-a': { host: '198.18.1.1', port: 9000 },
        'az-b': { host: '198.18.2.1', port: 9000 },
      },
      hosts: {
        'az-a': { kind: 'agent', host: '198.18.1.1', port: 8085 },
        'az-b': { kind: 'agent', host: '198.18.2.1', port: 8085 },
      },
      weight: 1,
      seenBy: ['az-a', 'az-b', 'az-c'],
      sync: { batchSize: 10, intervalMs: 5_000, maxLagMs: 300_000, compression: true },
    });
  });

  it.each<[string, readonly Edit[], string]>([
    [
      'a bucket that no store takes',
      [[['components', 'objects', 'bucket'], 'Orders_1']],
      'components.objects.bucket: found "Orders_1", allowed: a bucket of 3 to 58 small letters, digits, - and .',
    ],
    [
      'a zone without a store',
      [[['components', 'objects', 'endpoints', 'az-b'], undefined]],
      'components.objects.endpoints.az-b: found nothing, allowed: a value for the zone az-b',
    ],
    [
      'a store in the witness zone',
      [[['components', 'objects', 'endpoints', 'az-c'], '198.18.3.1:9000']],
      'components.objects.endpoints.az-c: found another zone, allowed: az-a, az-b',
    ],
    [
      'a host that is no agent',
      [[['components', 'objects', 'hosts', 'az-a'], { instanceId: 'i-0a1b' }]],
      'components.objects.hosts.az-a: found the key instanceId, allowed: the key agent, since target.kind is lab',
    ],
    [
      'a secret in a lab',
      [[['components', 'objects', 'passwordSecret'], 'evac/objects']],
      'components.objects.passwordSecret: found "evac/objects", allowed: nothing, since target.kind is lab',
    ],
  ])('%s is refused', (_what, edits, expected) => {
    expect(findings(withSection(...edits))).toContain(expected);
  });

  it('need a secret on AWS', () => {
    const zones = { 'use1-az1': '10.0.1.5:9000', 'use1-az2': '10.0.2.5:9000' };
    const hosts = { 'use1-az1': { instanceId: 'i-0a1b' }, 'use1-az2': { instanceId: 'i-0a2b' } };
    const there = { ...section, endpoints: zones, hosts };
    expect(messageFor(aws, [['components', 'objects'], there])).toContain(
      'components.objects.passwordSecret: found nothing, allowed: a value, since target.kind is aws',
    );
    const named = edited(aws, [['components', 'objects'], { ...there, passwordSecret: 'evac/objects' }]);
    expect(objectsOf(parseTopology(named, 'evac.yaml'))?.password).toEqual({ secret: 'evac/objects' });
  });
});

describe('a wrong file is refused', () => {
  it('with file, line, path, what was found and what is allowed', () => {
    const line = lab.split('\n').findIndex((text) => text.includes('failureThreshold')) + 1;
    const message = findings(lab.replace('failureThreshold: 3', 'failureThreshold: three'));
    expect(message).toContain(
      `evac.yaml:${line}: policy.failureThreshold: found "three", allowed: a whole number from 1 to 20 (rounds)`,
    );
    expect(message).toContain('nothing was changed');
  });

  it('with everything at once, in the order of the file', () => {
    const message = messageFor(
      lab,
      [['mode'], 'active-passive'],
      [['policy', 'minimumConfidence'], 170],
      [['peers', 'az-c'], undefined],
      [['traffic', 'recordName'], 'orders.other.test'],
    );
    const paths = [...message.matchAll(/evac\.yaml:\d+: ([\w.-]+):/g)].map((match) => match[1]);
    expect(paths).toEqual(['mode', 'policy.minimumConfidence', 'peers.az-c', 'traffic.recordName']);
    expect(message).toContain('4 to correct');
  });

  it.each<[what: string, edits: readonly Edit[], expected: string | RegExp]>([
    [
      'an unknown key that is close',
      [[['policy', 'checkIntervalSecond'], 1]],
      'did you mean checkIntervalSeconds?',
    ],
    [
      'an unknown key that is not',
      [[['zebra'], 1]],
      /zebra: found an unknown key, allowed: workload, target/,
    ],
    [
      'a missing section',
      [[['traffic'], undefined]],
      /:3: traffic: found nothing, allowed: a map with the keys kind/,
    ],
    [
      'a section of the wrong kind',
      [[['policy'], 'fast']],
      /policy: found "fast", allowed: a map with the keys automatic/,
    ],
    ['an empty value', [[['workload'], null]], /workload: found null, allowed: a name of small letters/],
    ['no zones', [[['zones'], []]], 'a list of at least three zones'],
    ['zones that are no list', [[['zones'], { a: 1 }]], 'a list of at least three zones'],
    [
      'two primaries',
      [[['zones', 1, 'role'], 'primary']],
      'found 2 zones with role primary, allowed: exactly one',
    ],
    ['no secondary', [[['zones', 1, 'role'], 'witness']], 'found 0 zones with role secondary'],
    ['no witness zone', [[['zones', 2, 'role'], 'secondary']], 'from outside both data zones'],
    ['a zone twice', [[['zones', 1, 'id'], 'az-a']], 'zones.1.id: found "az-a", allowed: each zone id once'],
    ['a reserved zone id', [[['zones', 2, 'id'], 'region']], 'allowed: any id but region, clients, host'],
    ['a long zone id', [[['zones', 2, 'id'], 'availability-zone-c']], 'at most 12 characters in a lab'],
    [
      'a zone without an endpoint',
      [[['components', 'api', 'endpoints', 'az-b'], undefined]],
      'a value for the zone az-b',
    ],
    [
      'an endpoint of no data zone',
      [[['components', 'api', 'endpoints', 'az-c'], '198.18.3.1:8080']],
      'found another zone, allowed: az-a, az-b',
    ],
    [
      'a host that is none',
      [[['components', 'api', 'endpoints', 'az-a'], '198.18.1.256:8080']],
      'a host name or IPv4 address and a port',
    ],
    [
      'a host with signs in it',
      [[['components', 'api', 'endpoints', 'az-a'], 'ora_cle!:8080']],
      'a host name or IPv4 address and a port',
    ],
    [
      'a port that is none',
      [[['components', 'api', 'endpoints', 'az-a'], '198.18.1.1:65536']],
      'a host name or IPv4 address and a port',
    ],
    [
      'an address without a port',
      [[['peers', 'az-a'], '198.18.1.1']],
      'a host name or IPv4 address and a port',
    ],
    ['an address that is a number', [[['peers', 'az-a'], 8082]], 'found 8082, allowed: a host name'],
    ['a target that is no address', [[['traffic', 'targets', 'az-a'], 'orders.test']], 'an IPv4 address'],
    [
      'an unknown voter',
      [
        [
          ['components', 'postgres', 'seenBy'],
          ['az-c', 'az-x'],
        ],
      ],
      'seenBy.1: found "az-x", allowed: az-a, az-b, az-c, region',
    ],
    [
      'voters in the data zones only',
      [
        [
          ['components', 'postgres', 'seenBy'],
          ['az-a', 'az-b'],
        ],
      ],
      'at least one witness outside both data zones',
    ],
    [
      'a gate that is not configured',
      [[['policy', 'rpoGates'], ['objects']]],
      'a store of `components`: postgres',
    ],
    [
      'detection that does not fit',
      [
        [['policy', 'checkIntervalSeconds'], 60],
        [['policy', 'staleAfterSeconds'], 200],
      ],
      'at most 150 s of detection, half of rtoSeconds (300)',
    ],
    [
      'a staleness below two rounds',
      [[['policy', 'staleAfterSeconds'], 0.2]],
      'found 0.2, allowed: at least 0.3',
    ],
    [
      'a witness that could not answer in time when it is asked',
      [
        [['policy', 'probeTimeoutSeconds'], 2.5],
        [['policy', 'staleAfterSeconds'], 20],
      ],
      'at most 12 s for failureThreshold rounds and a confirming burst',
    ],
    [
      'a step longer than the objective',
      [[['policy', 'stepDeadlineSeconds'], 301]],
      'at most rtoSeconds (300)',
    ],
    [
      'a host of the other kind',
      [[['components', 'postgres', 'hosts', 'az-a'], { instanceId: 'i-0a' }]],
      'found the key instanceId, allowed: the key agent',
    ],
    [
      'a host of no kind',
      [[['components', 'postgres', 'hosts', 'az-a'], { ssh: 'x' }]],
      'either the key agent (lab) or the key instanceId (AWS)',
    ],
    [
      'an account in a lab',
      [[['target', 'account'], '123456789012']],
      'allowed: nothing, since target.kind is lab',
    ],
    [
      'a public name elsewhere',
      [[['traffic', 'recordName'], 'orders.evil-evac.test']],
      'a name below hostedZoneName, like orders.evac.test',
    ],
    ['a value that goes on and on', [[['workload'], 'x'.repeat(100)]], /workload: found "x{59}…/],
  ])('%s', (_what, edits, expected) => {
    expect(messageFor(lab, ...edits)).toMatch(expected);
  });

  it.each<[what: string, edits: readonly Edit[], expected: string]>([
    ['an AZ name', [[['zones', 0, 'id'], 'us-east-1a']], 'that is the name of an AZ'],
    ['an id of the lab', [[['zones', 0, 'id'], 'az-a']], 'allowed: an AZ id, like use1-az1; list the ids'],
    ['no VPC', [[['target', 'vpcId'], undefined]], 'target.vpcId: found nothing'],
    ['no subnet', [[['zones', 2, 'subnetId'], undefined]], 'a subnet in use1-az4 pins its witness there'],
    ['no secret', [[['components', 'postgres', 'passwordSecret'], undefined]], 'name the secret here'],
    [
      'a password itself',
      [[['components', 'postgres', 'password'], 'hunter2']],
      'did you mean passwordSecret?',
    ],
    ['no hosted zone', [[['traffic', 'hostedZoneId'], undefined]], 'traffic.hostedZoneId: found nothing'],
    [
      'an account without quotes',
      [[['target', 'account'], 123456789012]],
      'the 12 digits of an AWS account in quotes',
    ],
    ['no e-mail address', [[['notify', 'email'], 'on-call']], 'an e-mail address'],
  ])('on AWS: %s', (_what, edits, expected) => {
    expect(messageFor(aws, ...edits)).toContain(expected);
  });

  it.each<[what: string, edits: readonly Edit[], expected: string]>([
    [
      'no rule',
      [[['traffic', 'ruleArn'], undefined]],
      'traffic.ruleArn: found nothing, allowed: a value, since traffic.kind is alb',
    ],
    [
      'a record as well',
      [[['traffic', 'recordName'], 'orders.example.com']],
      'traffic.recordName: found a value, allowed: nothing, since traffic.kind is alb',
    ],
    [
      'a target group of no data zone',
      [[['traffic', 'targetGroups', 'use1-az4'], TARGET_GROUP('c')]],
      'traffic.targetGroups.use1-az4: found another zone',
    ],
    ['a rule that is none', [[['traffic', 'ruleArn'], 'arn:aws:s3:::x']], 'an ARN, like arn:aws:elastic'],
    [
      'no capacity',
      [[['traffic', 'samples', 'requestsPerSecond'], undefined]],
      'allowed: a value, since traffic.samples.kind is cloudwatch, which does not know what a zone can carry',
    ],
    [
      'a capacity of one zone alone',
      [[['traffic', 'samples', 'requestsPerSecond', 'use1-az2'], undefined]],
      'traffic.samples.requestsPerSecond.use1-az2: found nothing',
    ],
    [
      'a path of an API',
      [[['traffic', 'samples', 'path'], '/samples']],
      'traffic.samples.path: found a value, allowed: nothing, since traffic.samples.kind is cloudwatch',
    ],
  ])('with a load balancer: %s', (_what, edits, expected) => {
    expect(messageFor(alb, ...edits)).toContain(expected);
  });

  it.each<[what: string, edits: readonly Edit[], expected: string]>([
    [
      'that do not grow',
      [
        [
          ['traffic', 'steps', 'percent'],
          [5, 5, 100],
        ],
      ],
      'growing whole numbers from 1 to 100',
    ],
    [
      'that end before all',
      [
        [
          ['traffic', 'steps', 'percent'],
          [1, 50],
        ],
      ],
      'the last one 100',
    ],
    ['that are none', [[['traffic', 'steps', 'percent'], []]], 'the last one 100'],
    ['that are no list', [[['traffic', 'steps', 'percent'], 1]], 'growing whole numbers'],
    [
      'that end before they may',
      [
        [['traffic', 'steps', 'patienceSeconds'], 60],
        [['traffic', 'steps', 'seconds'], 60],
      ],
      'traffic.steps.patienceSeconds: found 60, allowed: more than traffic.steps.seconds (60)',
    ],
    [
      'that take longer than an execution may',
      [[['traffic', 'steps', 'patienceSeconds'], 601]],
      'found 601, so that 5 steps take up to 3005 s, allowed: at most 3000 s for all steps',
    ],
    [
      'that nobody asked for, with samples for them',
      [[['traffic', 'steps'], undefined]],
      'traffic.steps: found nothing, allowed: a map, or {} for the defaults',
    ],
    [
      'by metrics of a load balancer that is not there',
      [[['traffic', 'samples'], { kind: 'cloudwatch' }]],
      'traffic.samples.kind: found cloudwatch, allowed: api, since traffic.kind is route53',
    ],
    [
      'by an API that is told its capacity',
      [[['traffic', 'samples', 'requestsPerSecond'], { 'az-a': 1, 'az-b': 1 }]],
      'traffic.samples.kind is api, which tells its capacity itself',
    ],
  ])('with steps %s', (_what, edits, expected) => {
    expect(messageFor(lab, ...edits)).toContain(expected);
  });

  it('with a load balancer in a lab, which has none with weights', () => {
    const message = messageFor(lab, [
      ['traffic'],
      { kind: 'alb', ruleArn: RULE, targetGroups: { 'az-a': TARGET_GROUP('a') } },
    ]);
    expect(message).toContain('traffic.kind: found alb, allowed: route53, since target.kind is lab');
    expect(message).toContain('traffic.targetGroups.az-b: found nothing');
  });

  it.each([
    ['broken syntax', 'zones: [az-a', /evac\.yaml:1: no valid YAML/],
    ['a key twice', 'workload: a\nworkload: b\n', /evac\.yaml:2: no valid YAML: Map keys must be unique/],
    ['an unknown tag', 'workload: !!js/function x\n', /evac\.yaml:1: no valid YAML: Unresolved tag/],
    ['an empty file', '', /evac\.yaml:1: the file: found null, allowed: a map with the keys workload/],
    ['no map at all', '- 1\n', /evac\.yaml:1: the file: found \[1\], allowed: a map/],
  ])('as YAML: %s', (_what, text, expected) => expect(findings(text)).toMatch(expected));

  it('when there is none, naming it', () => {
    expect(() => loadTopology('config/nowhere.yaml')).toThrow(
      /config\/nowhere\.yaml cannot be read.*--config/s,
    );
    const folder = mkdtempSync(join(tmpdir(), 'evt-h5-'));
    expect(() => loadTopology(folder)).toThrow(InvalidConfiguration);
    rmSync(folder, { recursive: true });
  });
});

describe('the policy version', () => {
  it('is the same for the same content, whatever the order of the keys', () => {
    const topology = parseTopology(lab, 'evac.yaml');
    const turned = Object.fromEntries(Object.entries(topology).reverse());
    expect(policyVersion(turned as unknown as typeof topology)).toBe(policyVersion(topology));
    expect(policyVersion(topology)).toMatch(/^[0-9a-f]{12}$/);
  });

  it('changes with any value', () => {
    const slower = parseTopology(edited(lab, [['policy', 'failureThreshold'], 4]), 'evac.yaml');
    expect(policyVersion(slower)).not.toBe(policyVersion(parseTopology(lab, 'evac.yaml')));
  });
});

describe('topology.json', () => {
  it('gives back what was bundled', () => {
    const topology = parseTopology(aws, 'evac.yaml');
    const read = readTopologyJson(JSON.stringify(topology));
    expect(read).toEqual(topology);
    expect(policyVersion(read)).toBe(policyVersion(topology));
  });

  it.each([
    ['cut off', '{"workload": "or'],
    ['of another version', '{"workload": "orders"}'],
    ['of something else', '[]'],
  ])('is refused when %s', (_what, json) => {
    expect(() => readTopologyJson(json)).toThrow(InvalidConfiguration);
    expect(() => readTopologyJson(json)).toThrow('deploy again');
  });
});
