import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const read = (name: string): Record<string, unknown> =>
  parse(readFileSync(join(__dirname, '../../config', name), 'utf8')) as Record<string, unknown>;

describe('config/lab-kafka.yaml', () => {
  it('is config/lab.yaml with Kafka beside the others, and nothing else', () => {
    const { components, policy, ...rest } = read('lab-kafka.yaml') as {
      components: { kafka: unknown };
      policy: { rpoGates: string[] };
    };
    const lab = read('lab.yaml') as { components: object; policy: object };
    const { kafka, ...others } = components;
    expect(kafka).toMatchObject({ engine: 'stretch', topics: ['orders'] });
    expect(policy.rpoGates.at(-1)).toBe('kafka');
    expect({
      ...rest,
      components: others,
      policy: { ...policy, rpoGates: policy.rpoGates.slice(0, -1) },
    }).toEqual(lab);
  });
});
