import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { deploymentSchema } from '../../lib/config/deployment-schema';
import { loadTopology } from '../../lib/config/load-topology';
import { apiOf, postgresOf, witnessesOf } from '../../lib/domain/topology';

const project = join(__dirname, '../..');
const file = (name: string) => join(project, name);

describe('config/lab.yaml', () => {
  const topology = loadTopology(file('config/lab.yaml'));

  it('has the zones, addresses and names of the lab', () => {
    expect(topology.zones.map(({ id, role }) => [id, role])).toEqual([
      ['az-a', 'primary'],
      ['az-b', 'secondary'],
      ['az-c', 'witness'],
    ]);
    const postgres = postgresOf(topology);
    expect(postgres?.endpoints['az-a']).toEqual({ host: '198.18.1.1', port: 5432 });
    expect(postgres?.hosts['az-b']).toEqual({ kind: 'agent', host: '198.18.2.1', port: 8081 });
    expect(postgres?.password).toEqual({ parameter: 'PostgresPassword' });
    expect(topology.peers['az-c']).toEqual({ host: '198.18.3.1', port: 8082 });
    expect(topology.traffic).toMatchObject({ recordName: 'orders.evac.test' });
  });

  it('lets the regional witness see the API only', () => {
    expect(witnessesOf(topology)).toEqual(['az-a', 'az-b', 'az-c', 'region']);
    expect(postgresOf(topology)?.seenBy).not.toContain('region');
    expect(apiOf(topology)?.seenBy).toContain('region');
  });

  it('acts by itself, in fast rounds', () => {
    expect(topology.policy).toEqual({
      automatic: 'on',
      checkIntervalMs: 150,
      failureThreshold: 3,
      confirmingProbes: 3,
      confirmingSpacingMs: 20,
      probeTimeoutMs: 120,
      cooldownMs: 1_800_000,
      rpoMs: 60_000,
      rtoMs: 300_000,
      minimumConfidence: 70,
      staleAfterMs: 1500,
      rpoGates: ['postgres', 'redis'],
      stepDeadlineMs: 45_000,
    });
  });
});

describe('config/aws.example.yaml', () => {
  it('is a whole deployment in the recommended profile', () => {
    const topology = loadTopology(file('config/aws.example.yaml'));
    expect(topology.target).toMatchObject({ kind: 'aws', account: '123456789012' });
    expect(topology.policy).toMatchObject({ automatic: 'shadow', checkIntervalMs: 1000 });
    expect(postgresOf(topology)?.password).toEqual({ secret: 'evac/orders/postgres' });
    expect(postgresOf(topology)?.hosts['use1-az1']).toMatchObject({ kind: 'ssm' });
    expect(topology.notify).toEqual({ email: 'on-call@example.com' });
  });

  it('explains each line', () => {
    const lines = readFileSync(file('config/aws.example.yaml'), 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('#')).length).toBeGreaterThan(30);
  });
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

/** Every key of the schema by its path; maps by zone and lists add nothing to it. */
const keysOf = (schema: JsonSchema, path: string): readonly string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const here = path === '' ? key : `${path}.${key}`;
    const below = keysOf(inner, here);
    return inner.properties === undefined && inner.items?.properties === undefined ? [here, ...below] : below;
  }),
  ...[schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])].flatMap((inner) =>
    typeof inner === 'object' ? keysOf(inner, path) : [],
  ),
];

describe('docs/configuration.md', () => {
  const text = readFileSync(file('docs/configuration.md'), 'utf8');
  const keys = keysOf(z.toJSONSchema(deploymentSchema, { io: 'input' }) as JsonSchema, '');
  const documented = [...text.matchAll(/^\| `([\w.]+)`/gm)].map((match) => match[1]);

  it('sees the keys of the schema', () => {
    expect(keys).toEqual(expect.arrayContaining(['workload', 'zones.id', 'policy.automatic', 'peers']));
    expect(keys.length).toBeGreaterThan(45);
  });

  it.each(keys)('explains %s', (key) => expect(documented).toContain(key));

  it('explains nothing that is not there', () => {
    expect(documented.filter((key) => !keys.includes(String(key)))).toEqual([]);
  });
});
