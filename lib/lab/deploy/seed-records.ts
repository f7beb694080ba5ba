import {
  ChangeResourceRecordSetsCommand,
  InvalidChangeBatch,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { Topology } from '../../domain/topology';
import { zonesOfRole } from '../../domain/topology';
import { labTraffic } from '../lab-traffic';
import { localClientOptions } from './local-client';

export interface SeedOptions {
  readonly endpoint: string;
  readonly hostedZoneId: string;
  readonly topology: Topology;
  readonly timeoutMs: number;
}

/**
 * The public name's first records: all traffic to the primary zone. CREATE, never UPSERT: when they are there, their
 * weights say where a failover has put the traffic, and a deployment must not put it back.
 * @returns whether they were made now
 */
export async function seedRecords(options: SeedOptions): Promise<boolean> {
  const client = new Route53Client(localClientOptions(options.endpoint));
  try {
    if (await exists(client, options)) return false;
    await client.send(createRecords(options), { abortSignal: AbortSignal.timeout(options.timeoutMs) });
    return true;
  } catch (error) {
    // Another deployment was faster: its records are as good.
    if (error instanceof InvalidChangeBatch) return false;
    throw error;
  } finally {
    client.destroy();
  }
}

const dotted = (name: string): string => (name.endsWith('.') ? name : `${name}.`);

const exists = async (client: Route53Client, options: SeedOptions): Promise<boolean> => {
  const name = dotted(labTraffic(options.topology).recordName);
  const found = await client.send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: options.hostedZoneId,
      StartRecordName: name,
      StartRecordType: 'A',
    }),
    { abortSignal: AbortSignal.timeout(options.timeoutMs) },
  );
  return (found.ResourceRecordSets ?? []).some((record) => record.Name === name && record.Type === 'A');
};

const createRecords = ({ hostedZoneId, topology }: SeedOptions): ChangeResourceRecordSetsCommand => {
  const traffic = labTraffic(topology);
  const primaries = zonesOfRole(topology, 'primary');
  return new ChangeResourceRecordSetsCommand({
    HostedZoneId: hostedZoneId,
    ChangeBatch: {
      Changes: Object.entries(traffic.targets).map(([zone, address]) => ({
        Action: 'CREATE',
        ResourceRecordSet: {
          Name: dotted(traffic.recordName),
          Type: 'A',
          SetIdentifier: zone,
          Weight: primaries.includes(zone) ? 100 : 0,
          TTL: traffic.ttlSeconds,
          ResourceRecords: [{ Value: address }],
        },
      })),
    },
  });
};
