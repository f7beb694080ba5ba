import type { RedisComponent, Topology } from '../../lib/domain/topology';
import { functionName } from '../../lib/contract/names';
import type { ConfigName } from './synthesized';
import { resourcesOf, synthesized } from './synthesized';

const withRedis =
  (password: RedisComponent['password'], zones: readonly [string, string]) =>
  (topology: Topology): Topology => {
    const [one, two] = zones;
    const others = topology.components.filter(({ component }) => component !== 'redis');
    const redis: RedisComponent = {
      component: 'redis',
      engine: 'replica',
      user: 'evac',
      password,
      workloadUsers: ['orders'],
      endpoints: { [one]: { host: '10.0.1.30', port: 6380 }, [two]: { host: '10.0.2.30', port: 6380 } },
      hosts: {
        [one]: { kind: 'ssm', instanceId: 'i-0fee1' },
        [two]: { kind: 'ssm', instanceId: 'i-0fee2' },
      },
      weight: 1,
      seenBy: topology.zones.map(({ id }) => id),
    };
    return { ...topology, components: [...others, redis] };
  };

const stacks = {
  lab: synthesized('lab', withRedis({ parameter: 'RedisPassword' }, ['az-a', 'az-b'])),
  aws: synthesized('aws', withRedis({ secret: 'evac/redis' }, ['use1-az1', 'use1-az2'])),
};

const variableIn = (config: ConfigName, lambda: string): unknown => {
  const { template, topology } = stacks[config];
  const name = functionName(topology.workload, lambda);
  const found = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).find(
    ({ Properties }) => Properties['FunctionName'] === name,
  );
  const environment = found?.Properties['Environment'] as
    { readonly Variables: Readonly<Record<string, unknown>> } | undefined;
  return environment?.Variables['EVAC_REDIS_PASSWORD'];
};

describe('a deployment with Redis', () => {
  it('gets its password as PostgreSQL’s, and only where a store is reached', () => {
    expect(variableIn('lab', 'switch-redis')).toEqual({ Ref: 'RedisPassword' });
    expect(stacks.lab.template.findParameters('RedisPassword')).toMatchObject({
      RedisPassword: { NoEcho: true, MinLength: 1 },
    });
    expect(variableIn('aws', 'switch-redis')).toBe('{{resolve:secretsmanager:evac/redis:SecretString:::}}');
    for (const config of ['lab', 'aws'] as const)
      expect(variableIn(config, 'record-outcome')).toBeUndefined();
  });

  it('may order its machines, and nothing else', () => {
    const text = JSON.stringify(stacks.aws.template.toJSON());
    expect(text).toContain(':instance/i-0fee1');
    expect(text).toContain(':instance/i-0fee2');
  });

  it('reaches its port, and watches it in each zone', () => {
    const groups = Object.values(resourcesOf(stacks.aws.template, 'AWS::EC2::SecurityGroup'));
    for (const { Properties } of groups)
      expect(Properties['SecurityGroupEgress']).toContainEqual(
        expect.objectContaining({ FromPort: 6380, ToPort: 6380 }),
      );
    const alarms = Object.values(resourcesOf(stacks.aws.template, 'AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => String(Properties['AlarmDescription']))
      .filter((text) => text.startsWith('redis in '));
    expect(alarms).toHaveLength(2);
  });
});
