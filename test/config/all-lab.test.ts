import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const read = (name: string): Record<string, unknown> =>
  parse(readFileSync(join(__dirname, '../../config', name), 'utf8')) as Record<string, unknown>;

describe('config/lab-all.yaml', () => {
  it('is config/lab.yaml with Kafka and objects beside the others, more patient, and nothing else', () => {
    const { components, policy, ...rest } = read('lab-all.yaml') as {
      components: { kafka: unknown; objects: unknown };
      policy: { rpoGates: string[] };
    };
    const lab = read('lab.yaml') as { components: object; policy: object };
    const { kafka, objects, ...others } = components;
    expect(kafka).toMatchObject({ engine: 'stretch', topics: ['orders'] });
    expect(objects).toMatchObject({ engine: 'replicated', bucket: 'orders' });
    expect(policy.rpoGates.at(-1)).toBe('kafka');
    expect({
      ...rest,
      components: others,
      policy: { ...policy, rpoGates: policy.rpoGates.slice(0, -1) },
    }).toEqual({ ...lab, policy: { ...lab.policy, checkIntervalSeconds: 0.2, probeTimeoutSeconds: 0.2 } });
  });
});
