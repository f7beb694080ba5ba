import { functionName } from '../../lib/contract/names';
import type { ObjectsComponent, Topology } from '../../lib/domain/topology';
import { resourcesOf, synthesized } from './synthesized';

const withObjects = (topology: Topology): Topology => {
  const objects: ObjectsComponent = {
    component: 'objects',
    engine: 'replicated',
    bucket: 'orders',
    region: 'us-east-1',
    user: 'evac',
    password: { secret: 'evac/objects' },
    workloadPolicy: 'evac-workload',
    endpoints: {
      'use1-az1': { host: '10.0.1.40', port: 9001 },
      'use1-az2': { host: '10.0.2.40', port: 9001 },
    },
    hosts: {
      'use1-az1': { kind: 'ssm', instanceId: 'i-0bee1' },
      'use1-az2': { kind: 'ssm', instanceId: 'i-0bee2' },
    },
    weight: 1,
    seenBy: topology.zones.map(({ id }) => id),
    sync: { batchSize: 10, intervalMs: 5_000, maxLagMs: 300_000, compression: true },
  };
  return { ...topology, components: [...topology.components, objects] };
};

const { template, topology } = synthesized('aws', withObjects);

const variableIn = (lambda: string): unknown => {
  const found = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).find(
    ({ Properties }) => Properties['FunctionName'] === functionName(topology.workload, lambda),
  );
  const environment = found?.Properties['Environment'] as
    { readonly Variables: Readonly<Record<string, unknown>> } | undefined;
  return environment?.Variables['EVAC_OBJECTS_PASSWORD'];
};

describe('a deployment with objects', () => {
  it('gets their secret only where a store is reached', () => {
    expect(variableIn('switch-objects')).toBe('{{resolve:secretsmanager:evac/objects:SecretString:::}}');
    expect(variableIn('probe-zone-use1-az1')).toBe('{{resolve:secretsmanager:evac/objects:SecretString:::}}');
    expect(variableIn('record-outcome')).toBeUndefined();
  });

  it('may order their machines, reaches their port, and watches them in each zone', () => {
    const text = JSON.stringify(template.toJSON());
    expect(text).toContain(':instance/i-0bee1');
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::EC2::SecurityGroup')))
      expect(Properties['SecurityGroupEgress']).toContainEqual(
        expect.objectContaining({ FromPort: 9001, ToPort: 9001 }),
      );
    const alarms = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => String(Properties['AlarmDescription']))
      .filter((description) => description.startsWith('objects in '));
    expect(alarms).toHaveLength(2);
  });
});
