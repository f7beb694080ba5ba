import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { mockClient } from 'aws-sdk-client-mock';
import { createRoute53Source } from '../../../lib/lab/dns/route53-source';
import { LOCAL_REGION } from '../../../lib/lab/emulator/emulator';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { LocalRegion } from '../emulator/local-region';
import { python, startLocalRegion } from '../emulator/local-region';
import { describeWhere } from '../requirements';
import { startNameServer } from './name-server';

jest.setTimeout(60_000);
const whyNot = existsSync(python) ? null : 'the emulator is not installed in the project’s cache';

describeWhere({
  name: 'records from the Route 53 of the real emulator',
  whyNot,
  fn: () => {
    let region: LocalRegion;
    let client: Route53Client;
    const upsert = (zoneId: string, zone: string, address: string, weight: number) =>
      client.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: zoneId,
          ChangeBatch: {
            Changes: [
              {
                Action: 'UPSERT',
                ResourceRecordSet: {
                  Name: `orders.${zone}`,
                  Type: 'A',
                  TTL: 1,
                  SetIdentifier: `id-${address}`,
                  Weight: weight,
                  ResourceRecords: [{ Value: address }],
                },
              },
            ],
          },
        }),
      );
    beforeAll(async () => {
      region = await startLocalRegion();
      client = new Route53Client(region.client);
    });
    afterAll(async () => {
      client.destroy();
      await region.close();
    });

    it('finds a zone created later, honours weights and sees a shift within 100 ms', async () => {
      const source = createRoute53Source({ endpoint: region.endpoint, zone: 'evac.test', ...LOCAL_REGION });
      const server = await startNameServer(source, 40);
      await waitUntil({ what: 'a log line', timeoutMs: 5_000 }, () => server.log.length > 0);
      expect(String(server.log[0]?.['error'])).toContain('no hosted zone evac.test');

      const zone = await client.send(
        new CreateHostedZoneCommand({ Name: 'evac.test', CallerReference: 'h6' }),
      );
      const zoneId = String(zone.HostedZone?.Id);
      await upsert(zoneId, 'evac.test', '198.18.1.1', 100);
      await upsert(zoneId, 'evac.test', '198.18.2.1', 0);
      await server.untilLoaded();
      const sees = (address: string) => async () => {
        const answers = await server.resolver.resolve4('orders.evac.test').catch((): string[] => []);
        return answers.includes(address);
      };
      await waitUntil({ what: 'az-a', timeoutMs: 5_000 }, sees('198.18.1.1'));
      await upsert(zoneId, 'evac.test', '198.18.2.1', 100);
      await upsert(zoneId, 'evac.test', '198.18.1.1', 0);
      const startedMs = performance.now();
      await waitUntil({ what: 'az-b', timeoutMs: 5_000 }, async () => !(await sees('198.18.1.1')()));
      expect(performance.now() - startedMs).toBeLessThan(150);
      expect(await server.resolver.resolve4('orders.evac.test', { ttl: true })).toEqual([
        { address: '198.18.2.1', ttl: 1 },
      ]);
      await server.close();
    });
  },
});

describe('createRoute53Source', () => {
  it('reads all pages, and passes over what is no address', async () => {
    const mock = mockClient(Route53Client);
    const next = { NextRecordName: 'b.evac.test.', NextRecordType: 'A' as const, NextRecordIdentifier: 'b2' };
    const address = (Name: string) => ({
      Name,
      Type: 'A' as const,
      TTL: 5,
      ResourceRecords: [{ Value: '198.18.0.9' }],
    });
    const page = { MaxItems: 1 };
    mock
      .on(ListHostedZonesByNameCommand)
      .resolves({ HostedZones: [{ Id: '/hostedzone/Z1', Name: 'evac.test.', CallerReference: 'x' }] });
    mock
      .on(ListResourceRecordSetsCommand)
      .resolvesOnce({
        ...page,
        ...next,
        IsTruncated: true,
        ResourceRecordSets: [address('a.evac.test.'), { Name: 'evac.test.', Type: 'NS' }],
      })
      .resolvesOnce({ ...page, IsTruncated: false, ResourceRecordSets: [address('b.evac.test.')] });
    const source = createRoute53Source({
      endpoint: 'http://127.0.0.1:1',
      zone: 'evac.test',
      ...LOCAL_REGION,
    });
    const records = await source.read(AbortSignal.timeout(1_000));
    expect(records).toEqual(
      ['a.evac.test', 'b.evac.test'].map((name) => ({
        name,
        addresses: ['198.18.0.9'],
        ttlSeconds: 5,
        weight: null,
      })),
    );
    const [, second] = mock.commandCalls(ListResourceRecordSetsCommand);
    expect(second?.args[0].input).toEqual({
      HostedZoneId: 'Z1',
      StartRecordName: 'b.evac.test.',
      StartRecordType: 'A',
      StartRecordIdentifier: 'b2',
    });
    mock.restore();
  });

  it('gives up at its deadline when the emulator hangs', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await waitUntil({ what: 'the silent server', timeoutMs: 2_000 }, () => silent.listening);
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const source = createRoute53Source({ endpoint, zone: 'evac.test', ...LOCAL_REGION });
    await expect(source.read(AbortSignal.timeout(100))).rejects.toThrow();
    source.close();
    silent.closeAllConnections();
    silent.close();
  });
});
