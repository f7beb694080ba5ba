import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { createRoute53Traffic } from '../../lib/traffic/route53/route53-traffic';
import { createStepFunctions } from '../../lib/workflow/step-functions';
import { RECORDS } from '../domain/decision/world';
import type { LocalRegion } from '../lab/emulator/local-region';
import { eventually, startLocalRegion } from '../lab/emulator/local-region';

jest.setTimeout(60_000);
let region: LocalRegion;
beforeAll(async () => {
  region = await startLocalRegion();
});
afterAll(() => region.close());

describe('Step Functions, by the emulator', () => {
  const waiting = {
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', Seconds: 60, End: true } },
  };
  const failing = {
    StartAt: 'No',
    States: { No: { Type: 'Fail', Error: 'refused', Cause: 'the cooldown' } },
  };
  let sfn: SFNClient;
  let machineArnPrefix = '';

  const createMachine = async (name: string, definition: object): Promise<string> => {
    const { stateMachineArn = '' } = await sfn.send(
      new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: region.role }),
    );
    return stateMachineArn;
  };

  beforeAll(async () => {
    sfn = new SFNClient(region.client);
    const arn = await createMachine('evac-h8-failover', waiting);
    await createMachine('evac-h8-degrade', failing);
    machineArnPrefix = arn.slice(0, arn.lastIndexOf(':') + 1);
  });
  afterAll(() => sfn.destroy());

  const workflows = () =>
    createStepFunctions({ workload: 'h8', machineArnPrefix, timeoutMs: 5_000, client: sfn });

  it('starts once, however many start it', async () => {
    await Promise.all(Array.from({ length: 8 }, () => workflows().start('failover', 'h8-e8', { epoch: 8 })));
    const { executions = [] } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: `${machineArnPrefix}evac-h8-failover` }),
    );
    expect(executions.map(({ name }) => name)).toEqual(['h8-e8']);
    expect(await workflows().describe('failover', 'h8-e8')).toEqual({ status: 'running', failure: null });
  });

  it('stops it, and says by whom; stopping again is done', async () => {
    await workflows().stop('failover', 'h8-e8', 'no progress for 60 s');
    const stopped = await eventually(
      () => workflows().describe('failover', 'h8-e8'),
      ({ status }) => status === 'failed',
    );
    expect(stopped.failure?.error).toBe('TakenOver');
    await workflows().stop('failover', 'h8-e8', 'again');
  });

  it('does not start again what has ended: the name is used up', async () => {
    await workflows().start('failover', 'h8-e8', { epoch: 8 });
    expect((await workflows().describe('failover', 'h8-e8')).status).toBe('failed');
  });

  it('calls what was never started unknown, and lets it be stopped', async () => {
    expect(await workflows().describe('failover', 'h8-e9')).toEqual({ status: 'unknown', failure: null });
    await workflows().stop('failover', 'h8-e9', 'never');
  });

  it('shows why an execution failed', async () => {
    await workflows().start('degrade', 'h8-e10', {});
    const { failure } = await eventually(
      () => workflows().describe('degrade', 'h8-e10'),
      ({ status }) => status === 'failed',
    );
    expect(failure).toEqual({ error: 'refused', cause: 'the cooldown' });
  });

  it('lets one that has failed by itself be stopped: nothing is left to stop', async () => {
    await expect(workflows().stop('degrade', 'h8-e10', 'late')).resolves.toBeUndefined();
  });
});

describe('Route 53, by the emulator', () => {
  let route53: Route53Client;
  let hostedZoneId = '';
  const targets = { 'az-a': '198.18.1.1', 'az-b': '198.18.2.1' };

  beforeAll(async () => {
    route53 = new Route53Client(region.client);
    const { HostedZone } = await route53.send(
      new CreateHostedZoneCommand({ Name: 'evac.internal', CallerReference: 'h8' }),
    );
    hostedZoneId = (HostedZone?.Id ?? '').replace('/hostedzone/', '');
  });
  afterAll(() => route53.destroy());

  const traffic = (zoneId = hostedZoneId) =>
    createRoute53Traffic({
      traffic: { ...RECORDS, targets },
      hostedZoneId: zoneId,
      client: route53,
    });

  it('reads back the weights that it set, among the records of others', async () => {
    const record = {
      Name: 'a.evac.internal.',
      Type: 'A' as const,
      TTL: 1,
      ResourceRecords: [{ Value: '198.18.9.9' }],
    };
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: hostedZoneId,
        ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] },
      }),
    );
    expect(await traffic().shift({ 'az-a': 100, 'az-b': 0 }, 5_000)).toEqual({ 'az-a': 100, 'az-b': 0 });
    expect(await traffic().shift({ 'az-a': 0, 'az-b': 100 }, 5_000)).toEqual({ 'az-a': 0, 'az-b': 100 });
    expect(await traffic().current(5_000)).toEqual({ 'az-a': 0, 'az-b': 100 });
  });

  it('set twice, is the same', async () => {
    const weights = { 'az-a': 25, 'az-b': 75 };
    await traffic().shift(weights, 5_000);
    expect(await traffic().shift(weights, 5_000)).toEqual(weights);
  });

  it('is Unreachable for a hosted zone that there is not', async () => {
    await expect(traffic('Z0NONE').shift({ 'az-a': 100 }, 5_000)).rejects.toMatchObject({
      name: 'Unreachable',
    });
  });
});
