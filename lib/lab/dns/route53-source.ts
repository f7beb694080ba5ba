import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import {
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { Unreachable } from '../../domain/errors';
import type { AddressRecord, RecordSource } from './zone-records';
import { normalName } from './zone-records';

export interface Route53SourceOptions {
  /** Without it the SDK would ask the real AWS: there is no default. */
  readonly endpoint: string;
  readonly zone: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Route 53 gives a TTL with every record that is not an alias. */
const addressRecordOf = (set: ResourceRecordSet): readonly AddressRecord[] =>
  set.Type !== 'A' || set.ResourceRecords === undefined
    ? []
    : [
        {
          name: normalName(set.Name ?? ''),
          addresses: set.ResourceRecords.flatMap(({ Value }) => (Value === undefined ? [] : [Value])),
          ttlSeconds: set.TTL ?? 0,
          weight: set.Weight ?? null,
        },
      ];

/** The A records of one hosted zone. The zone is looked up by name, again after it was not found or failed. */
export const createRoute53Source = (options: Route53SourceOptions): RecordSource => {
  const { endpoint, region, credentials } = options;
  const client = new Route53Client({ endpoint, region, credentials, maxAttempts: 1 });
  let zoneId: string | null = null;

  const findZone = async (abortSignal: AbortSignal): Promise<string> => {
    const command = new ListHostedZonesByNameCommand({ DNSName: options.zone });
    const { HostedZones = [] } = await client.send(command, { abortSignal });
    const found = HostedZones.find(({ Name }) => normalName(Name ?? '') === normalName(options.zone))?.Id;
    if (found === undefined)
      throw new Unreachable(`there is no hosted zone ${options.zone} at ${endpoint} (yet)`);
    return found.replace('/hostedzone/', '');
  };
  const listRecords = async (id: string, abortSignal: AbortSignal): Promise<readonly AddressRecord[]> => {
    const records: AddressRecord[] = [];
    let next: {
      StartRecordName?: string;
      StartRecordType?: ResourceRecordSet['Type'];
      StartRecordIdentifier?: string;
    } | null = {};
    while (next !== null) {
      const page: Awaited<ReturnType<typeof listPage>> = await listPage(id, next, abortSignal);
      records.push(...(page.ResourceRecordSets ?? []).flatMap(addressRecordOf));
      next =
        page.IsTruncated !== true
          ? null
          : {
              ...(page.NextRecordName === undefined ? {} : { StartRecordName: page.NextRecordName }),
              ...(page.NextRecordType === undefined ? {} : { StartRecordType: page.NextRecordType }),
              ...(page.NextRecordIdentifier === undefined
                ? {}
                : { StartRecordIdentifier: page.NextRecordIdentifier }),
            };
    }
    return records;
  };
  const listPage = (id: string, from: object, abortSignal: AbortSignal) =>
    client.send(new ListResourceRecordSetsCommand({ HostedZoneId: id, ...from }), { abortSignal });

  return {
    read: async (signal) => {
      try {
        zoneId ??= await findZone(signal);
        return await listRecords(zoneId, signal);
      } catch (error) {
        zoneId = null;
        throw error;
      }
    },
    close: () => client.destroy(),
  };
};
