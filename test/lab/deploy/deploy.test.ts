import { DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { ListResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTopology } from '../../../lib/config/load-topology';
import { labTraffic } from '../../../lib/lab/lab-traffic';
import { WARM_UP_EVENT } from '../../../lib/contract/payload';
import { functionName } from '../../../lib/contract/names';
import type { StackOutputs } from '../../../lib/lab/deploy';
import { deployStack, undeployStack } from '../../../lib/lab/deploy';
import { seedRecords } from '../../../lib/lab/deploy/seed-records';
import { createRoute53Traffic } from '../../../lib/traffic/route53/route53-traffic';
import type { LocalRegion } from '../emulator/local-region';
import { projectFolder, startLocalRegion } from '../emulator/local-region';

const workDir = mkdtempSync(join(tmpdir(), 'evt-h7-'));
const configFile = join(projectFolder, 'config/lab.yaml');
const topology = loadTopology(configFile);
const { workload } = topology;
const traffic = labTraffic(topology);
const TIMEOUT_MS = 10_000;

let region: LocalRegion;
let outputs: StackOutputs;

const deploy = (file: string, parameters: Record<string, string> = {}): Promise<StackOutputs> =>
  deployStack({
    projectFolder,
    endpoint: region.endpoint,
    configFile: file,
    parameters,
    workDir,
    deadlineMs: 120_000,
    log: () => undefined,
  });

const hostedZoneId = (): string => outputs['HostedZoneId'] ?? '';

const records = async () => {
  const client = new Route53Client(region.client);
  const answer = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: hostedZoneId() }));
  client.destroy();
  return (answer.ResourceRecordSets ?? [])
    .filter(({ Type }) => Type === 'A')
    .map(({ Name, SetIdentifier, Weight, TTL, ResourceRecords }) => ({
      name: Name,
      zone: SetIdentifier,
      weight: Weight,
      ttlSeconds: TTL,
      address: ResourceRecords?.[0]?.Value,
    }));
};

const record = (zone: string, weight: number) => ({
  name: `${traffic.recordName}.`,
  zone,
  weight,
  ttlSeconds: traffic.ttlSeconds,
  address: traffic.targets[zone],
});

const describeStack = (): Promise<string> =>
  region.request(
    'cloudformation',
    '/',
    `Action=DescribeStacks&StackName=evac-${workload}&Version=2010-05-15`,
  );

beforeAll(async () => {
  region = await startLocalRegion();
  outputs = await deploy(configFile, {
    PostgresPassword: 'first secret',
    RedisPassword: 'second secret',
  });
}, 180_000);
afterAll(async () => {
  await region.close();
  rmSync(workDir, { recursive: true, force: true });
}, 30_000);

test('the first deployment sends all traffic to the primary zone', async () => {
  expect(await records()).toEqual([record('az-a', 100), record('az-b', 0)]);
});

test('the password is in the Lambdas that need it, and CloudFormation does not show it', async () => {
  const environmentOf = async (name: string) => {
    const command = new GetFunctionConfigurationCommand({ FunctionName: functionName(workload, name) });
    return (await region.lambda.send(command)).Environment?.Variables ?? {};
  };
  const both = { EVAC_POSTGRES_PASSWORD: 'first secret', EVAC_REDIS_PASSWORD: 'second secret' };
  expect(await environmentOf('switch-postgres')).toMatchObject(both);
  expect(await environmentOf('commit-failover')).not.toHaveProperty('EVAC_POSTGRES_PASSWORD');
  const shown = await describeStack();
  expect(shown).toContain('PostgresPassword');
  for (const secret of Object.values(both)) expect(shown).not.toContain(secret);
});

test('history expires, though the emulator drops the attribute from the template', async () => {
  const client = new DynamoDBClient(region.client);
  const answer = await client.send(new DescribeTimeToLiveCommand({ TableName: outputs['StateTable'] }));
  client.destroy();
  expect(answer.TimeToLiveDescription).toMatchObject({
    TimeToLiveStatus: 'ENABLED',
    AttributeName: 'expiresAt',
  });
});

test('no placeholder is left in a definition', async () => {
  const client = new SFNClient(region.client);
  const machines = ['FailoverMachine', 'RollbackMachine', 'DegradeMachine', 'RejoinMachine'];
  for (const output of machines) {
    const command = new DescribeStateMachineCommand({ stateMachineArn: outputs[output] });
    const { definition } = await client.send(command);
    expect(definition).toContain(`:function:evac-${workload}-record-outcome`);
    expect(definition).not.toContain('${');
  }
  client.destroy();
});

test('a bundled Lambda starts, with its configuration and its state store', async () => {
  const answer = await region.invoke(functionName(workload, 'plan-rollback'), WARM_UP_EVENT);
  expect(answer).toMatchObject({ result: { warm: true }, error: undefined });
}, 60_000);

test('a deployment after a failover leaves the traffic where it is, also with another TTL', async () => {
  const client = new Route53Client(region.client);
  const route53 = createRoute53Traffic({ traffic, hostedZoneId: hostedZoneId(), client });
  await route53.shift({ 'az-a': 0, 'az-b': 100 }, TIMEOUT_MS);
  client.destroy();

  const changed = join(workDir, 'changed.yaml');
  const text = readFileSync(configFile, 'utf8');
  expect(text).toMatch(/ttlSeconds: 1\b/);
  writeFileSync(changed, text.replace(/ttlSeconds: 1\b/, 'ttlSeconds: 2'));
  expect(await deploy(changed)).toEqual(outputs);

  expect(await records()).toEqual([record('az-a', 0), record('az-b', 100)]);
}, 180_000);

test('two that make the first records at once make them once', async () => {
  const name = `other.${traffic.hostedZoneName}`;
  const other = { ...topology, traffic: { ...traffic, recordName: name } };
  const seed = () =>
    seedRecords({
      endpoint: region.endpoint,
      hostedZoneId: hostedZoneId(),
      topology: other,
      timeoutMs: TIMEOUT_MS,
    });
  const made = await Promise.all([seed(), seed(), seed()]);
  expect(made.filter(Boolean)).toHaveLength(1);
  expect((await records()).filter((found) => found.name === `${name}.`)).toHaveLength(2);
});

test('a hosted zone that is not there is an error, not a first deployment', async () => {
  const seeding = seedRecords({
    endpoint: region.endpoint,
    hostedZoneId: 'ZNOTTHERE',
    topology,
    timeoutMs: TIMEOUT_MS,
  });
  await expect(seeding).rejects.toThrow(/ZNOTTHERE|hosted zone/i);
});

test('what was deployed can be destroyed', async () => {
  await undeployStack({
    projectFolder,
    endpoint: region.endpoint,
    configFile,
    parameters: {},
    workDir,
    deadlineMs: 120_000,
    log: () => undefined,
  });
  await expect(describeStack()).rejects.toThrow(`Stack with id evac-${workload} does not exist`);
}, 180_000);
