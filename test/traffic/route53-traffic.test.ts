import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  NoSuchHostedZone,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { mockClient } from 'aws-sdk-client-mock';
import { createRoute53Traffic } from '../../lib/traffic/route53/route53-traffic';
import { RECORDS } from '../domain/decision/world';

const route53 = mockClient(Route53Client);
const targets = { 'az-a': '198.18.1.1', 'az-b': '198.18.2.1' };
const traffic = createRoute53Traffic({
  traffic: { ...RECORDS, targets },
  hostedZoneId: 'Z1',
});

const record = (
  zone: string,
  Weight: number,
  changes: Partial<ResourceRecordSet> = {},
): ResourceRecordSet => ({
  Name: 'orders.evac.internal.',
  Type: 'A',
  SetIdentifier: zone,
  Weight,
  TTL: 1,
  ...changes,
});

const listing = (...ResourceRecordSets: ResourceRecordSet[]) =>
  route53
    .on(ListResourceRecordSetsCommand)
    .resolves({ ResourceRecordSets, IsTruncated: false, MaxItems: 300 });

beforeEach(() => {
  route53.reset();
  route53.on(ChangeResourceRecordSetsCommand).resolves({});
});

describe('the weights in force', () => {
  it('are read from the records of the public name', async () => {
    listing(record('az-a', 100), record('az-b', 0));
    expect(await traffic.current(1_000)).toEqual({ 'az-a': 100, 'az-b': 0 });
    expect(route53.commandCalls(ListResourceRecordSetsCommand)[0]?.args[0].input).toEqual({
      HostedZoneId: 'Z1',
      StartRecordName: 'orders.evac.internal.',
      StartRecordType: 'A',
    });
  });

  it.each(['Orders.Evac.Internal', 'orders.evac.internal.'])('are found by %s, too', async (recordName) => {
    listing(record('az-a', 100), record('az-b', 0));
    const config = { ...RECORDS, targets, recordName };
    const written = createRoute53Traffic({ traffic: config, hostedZoneId: 'Z1' });
    expect(await written.current(1_000)).toEqual({ 'az-a': 100, 'az-b': 0 });
  });

  it.each<[string, readonly ResourceRecordSet[]]>([
    ['no records', []],
    ['another name', [record('az-a', 100, { Name: 'other.evac.internal.' })]],
    ['another type', [record('az-a', 100, { Type: 'AAAA' })]],
    ['another zone', [record('az-c', 100)]],
    ['a record without weight', [record('az-a', 1, { Weight: undefined })]],
  ])('are 0 where there is no such record: %s', async (_what, records) => {
    listing(...records);
    expect(await traffic.current(1_000)).toEqual({ 'az-a': 0, 'az-b': 0 });
  });

  it('are 0 when the answer is empty', async () => {
    route53.on(ListResourceRecordSetsCommand).resolves({});
    expect(await traffic.current(1_000)).toEqual({ 'az-a': 0, 'az-b': 0 });
  });

  it('cannot be read: Unreachable, with the cause', async () => {
    const cause = new NoSuchHostedZone({ message: 'no Z1', $metadata: {} });
    route53.on(ListResourceRecordSetsCommand).rejects(cause);
    await expect(traffic.current(1_000)).rejects.toMatchObject({
      name: 'Unreachable',
      message: 'Route 53 did not list orders.evac.internal. within 1000 ms',
      cause,
    });
  });
});

describe('a shift', () => {
  it('sets every weight in one change, and answers what is read back', async () => {
    listing(record('az-a', 0), record('az-b', 100));
    expect(await traffic.shift({ 'az-a': 0, 'az-b': 100 }, 1_000)).toEqual({ 'az-a': 0, 'az-b': 100 });
    const { input } = route53.commandCalls(ChangeResourceRecordSetsCommand)[0]?.args[0] ?? {};
    expect(input?.ChangeBatch?.Changes).toEqual([
      {
        Action: 'UPSERT',
        ResourceRecordSet: record('az-a', 0, { ResourceRecords: [{ Value: '198.18.1.1' }] }),
      },
      {
        Action: 'UPSERT',
        ResourceRecordSet: record('az-b', 100, { ResourceRecords: [{ Value: '198.18.2.1' }] }),
      },
    ]);
  });

  it('to a zone that has no address is refused before anything is changed', async () => {
    await expect(traffic.shift({ 'az-c': 100 }, 1_000)).rejects.toMatchObject({
      name: 'DamagedState',
      message: 'traffic.targets names no address for az-c; add it to the configuration and deploy',
    });
    expect(route53.calls()).toHaveLength(0);
  });

  it('that is not taken is Unreachable, and nothing is read back', async () => {
    route53.on(ChangeResourceRecordSetsCommand).rejects(new Error('PriorRequestNotComplete'));
    await expect(traffic.shift({ 'az-a': 100 }, 1_000)).rejects.toMatchObject({
      name: 'Unreachable',
      message: 'Route 53 did not change orders.evac.internal. within 1000 ms',
    });
    expect(route53.commandCalls(ListResourceRecordSetsCommand)).toHaveLength(0);
  });
});
