import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  GetChangeCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { eventually, startLocalRegion } from './local-region';
import type { LocalRegion } from './local-region';

let region: LocalRegion;
let dynamo: DynamoDBClient;
let route53: Route53Client;
beforeAll(async () => {
  region = await startLocalRegion();
  dynamo = new DynamoDBClient(region.client);
  route53 = new Route53Client(region.client);
}, 30_000);
afterAll(async () => {
  dynamo.destroy();
  route53.destroy();
  await region.close();
});

async function createTable(TableName: string): Promise<string> {
  const key = 'pk';
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  return String((await dynamo.send(new DescribeTableCommand({ TableName }))).Table?.LatestStreamArn);
}

const put = (TableName: string, pk: string, kind: string): Promise<unknown> =>
  dynamo.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, kind: { S: kind } } }));

describe('a DynamoDB stream', () => {
  test('reaches its Lambda at once though others write all the time (plain MiniStack: naps of 50 ms)', async () => {
    const decisions = await region.createRecorder('decisions');
    const EventSourceArn = await createTable('seats');
    await createTable('others');
    const pattern = JSON.stringify({ dynamodb: { NewImage: { kind: { S: ['decision'] } } } });
    await region.lambda.send(
      new CreateEventSourceMappingCommand({
        EventSourceArn,
        FunctionName: decisions.arn,
        StartingPosition: 'LATEST',
        FilterCriteria: { Filters: [{ Pattern: pattern }] },
      }),
    );
    await put('seats', 'warm-up', 'decision');
    await eventually(decisions.recorded, (seen) => seen.length === 1);
    const delaysMs: number[] = [];
    for (let n = 2; n <= 12; n += 1) {
      await put('others', `${n}`, 'observation');
      await put('seats', `${n}`, 'observation');
      await put('others', `${n}`, 'observation');
      const wroteAt = Date.now();
      await put('seats', `${n}`, 'decision');
      const seen = await eventually(decisions.recorded, ({ length }) => length === n);
      delaysMs.push(Number(seen.at(-1)?.at) - wroteAt);
    }
    expect(delaysMs.sort((a, b) => a - b)[5]).toBeLessThan(30);
  }, 20_000);
});

describe('a schedule', () => {
  test('at() fires within a second of its time (plain MiniStack: within 10 s)', async () => {
    const ticks = await region.createRecorder('ticks');
    const dueAtMs = (Math.floor(Date.now() / 1000) + 2) * 1000;
    await region.request('scheduler', '/schedules/once', {
      ScheduleExpression: `at(${new Date(dueAtMs).toISOString().slice(0, 19)})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: ticks.arn, RoleArn: region.role, Input: '{"witness":"az-a"}' },
    });
    const [tick] = await eventually(ticks.recorded, (seen) => seen.length > 0, 15_000);
    expect(tick?.event).toEqual({ witness: 'az-a' });
    expect(Number(tick?.at) - dueAtMs).toBeLessThan(1000);
  }, 20_000);
});

describe('Route 53', () => {
  test('a change is PENDING, then INSYNC', async () => {
    const zone = await route53.send(new CreateHostedZoneCommand({ Name: 'evac.lab', CallerReference: '1' }));
    const record: ResourceRecordSet = {
      Name: 'orders.evac.lab',
      Type: 'A',
      TTL: 1,
      ResourceRecords: [{ Value: '198.18.1.1' }],
    };
    const change = await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: String(zone.HostedZone?.Id),
        ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] },
      }),
    );
    expect(change.ChangeInfo?.Status).toBe('PENDING');
    const status = () => route53.send(new GetChangeCommand({ Id: String(change.ChangeInfo?.Id) }));
    await eventually(status, ({ ChangeInfo }) => ChangeInfo?.Status === 'INSYNC');
  });
});
