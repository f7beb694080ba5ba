import type { Topology } from '../../lib/domain/topology';

const both = (port: number) => ({
  'use1-az1': { host: '10.0.1.10', port },
  'use1-az2': { host: '10.0.2.10', port },
});

const policy: Topology['policy'] = {
  automatic: 'on',
  checkIntervalMs: 30_000,
  failureThreshold: 3,
  confirmingProbes: 3,
  confirmingSpacingMs: 100,
  probeTimeoutMs: 2_000,
  cooldownMs: 1_800_000,
  rpoMs: 60_000,
  rtoMs: 300_000,
  minimumConfidence: 70,
  staleAfterMs: 90_000,
  rpoGates: ['postgres'],
  stepDeadlineMs: 60_000,
};

/** An account's deployment, with every part that the lab has not: VPC, hosts behind SSM, a secret, an e-mail. */
export const awsTopology: Topology = {
  workload: 'orders',
  target: { kind: 'aws', region: 'us-east-1', account: '123456789012', vpcId: 'vpc-0a1b2c3d' },
  mode: 'active-standby',
  zones: [
    { id: 'use1-az1', role: 'primary', subnetId: 'subnet-a' },
    { id: 'use1-az2', role: 'secondary', subnetId: 'subnet-b' },
    { id: 'use1-az3', role: 'witness', subnetId: 'subnet-c' },
  ],
  policy,
  components: [
    {
      component: 'postgres',
      engine: 'streaming',
      weight: 3,
      seenBy: ['use1-az1', 'use1-az2', 'use1-az3'],
      database: 'orders',
      user: 'evac',
      password: { secret: 'evac/orders/postgres' },
      endpoints: both(5432),
      hosts: {
        'use1-az1': { kind: 'ssm', instanceId: 'i-0aaa' },
        'use1-az2': { kind: 'ssm', instanceId: 'i-0bbb' },
      },
    },
    {
      component: 'api',
      engine: 'http',
      weight: 1,
      seenBy: ['use1-az1', 'use1-az2', 'use1-az3', 'region'],
      healthPath: '/healthz',
      endpoints: both(8080),
    },
  ],
  peers: { ...both(22), 'use1-az3': { host: '10.0.3.10', port: 22 } },
  traffic: {
    kind: 'route53',
    hostedZoneName: 'example.com',
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    recordName: 'orders.example.com',
    ttlSeconds: 5,
    targets: { 'use1-az1': '10.0.1.10', 'use1-az2': '10.0.2.10' },
    servicePort: 8080,
  },
  notify: { email: 'on-call@example.com' },
};

const pair = (port: number) => ({
  'az-a': { host: '198.18.1.1', port },
  'az-b': { host: '198.18.2.1', port },
});

export const labTopology: Topology = {
  workload: 'orders',
  target: { kind: 'lab', region: 'us-east-1' },
  mode: 'active-standby',
  zones: [
    { id: 'az-a', role: 'primary' },
    { id: 'az-b', role: 'secondary' },
    { id: 'az-c', role: 'witness' },
  ],
  policy,
  components: [
    {
      component: 'postgres',
      engine: 'streaming',
      weight: 3,
      seenBy: ['az-a', 'az-b', 'az-c', 'region'],
      database: 'orders',
      user: 'evac',
      password: { parameter: 'PostgresPassword' },
      endpoints: pair(5432),
      hosts: {
        'az-a': { kind: 'agent', host: '198.18.1.1', port: 8081 },
        'az-b': { kind: 'agent', host: '198.18.2.1', port: 8081 },
      },
    },
    {
      component: 'api',
      engine: 'http',
      weight: 1,
      seenBy: ['az-a', 'az-b', 'az-c', 'region'],
      healthPath: '/healthz',
      endpoints: pair(8080),
    },
  ],
  peers: { ...pair(8081), 'az-c': { host: '198.18.3.1', port: 8081 } },
  traffic: {
    kind: 'route53',
    hostedZoneName: 'evac.test',
    recordName: 'orders.evac.test',
    ttlSeconds: 1,
    targets: { 'az-a': '198.18.1.1', 'az-b': '198.18.2.1' },
    servicePort: 8080,
  },
};
