import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { DamagedState, Unreachable } from '../../domain/errors';
import type { Route53TrafficConfig, ZoneId } from '../../domain/topology';
import type { Traffic, Weights } from '../../ports/traffic';

export interface Route53TrafficOptions {
  readonly traffic: Route53TrafficConfig;
  readonly hostedZoneId: string;
  readonly client?: Route53Client;
}

/** As Route 53 keeps and lists it: small letters, with the root's dot. */
const asKept = (name: string): string => `${name.toLowerCase().replace(/\.$/, '')}.`;

/**
 * Weighted A records, one a zone, `SetIdentifier` = the zone's id. Weights are absolute, so a shift that ran twice,
 * or late after a newer one was re-asserted, is a desired state and not a toggle.
 * Limits: weight 0-255 (Route 53, weighted routing); Evac uses 0-100.
 */
export const createRoute53Traffic = (options: Route53TrafficOptions): Traffic => {
  const { traffic, hostedZoneId } = options;
  let client = options.client;
  const route53 = (): Route53Client => (client ??= new Route53Client({ maxAttempts: 2 }));
  const name = asKept(traffic.recordName);

  const send = async <T>(
    doing: string,
    timeoutMs: number,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    call(AbortSignal.timeout(timeoutMs)).catch((cause: unknown) => {
      throw new Unreachable(`Route 53 did not ${doing} ${name} within ${timeoutMs} ms`, { cause });
    });

  const current = async (timeoutMs: number): Promise<Weights> => {
    const answer = await send('list', timeoutMs, (abortSignal) =>
      route53().send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: hostedZoneId,
          StartRecordName: name,
          StartRecordType: 'A',
        }),
        { abortSignal },
      ),
    );
    return weightsOf(answer.ResourceRecordSets ?? [], name, Object.keys(traffic.targets));
  };

  const change = async (weights: Weights, timeoutMs: number): Promise<void> => {
    const command = new ChangeResourceRecordSetsCommand({
      HostedZoneId: hostedZoneId,
      ChangeBatch: {
        Comment: 'evac',
        Changes: Object.entries(weights).map(([zone, weight]) => ({
          Action: 'UPSERT',
          ResourceRecordSet: recordFor(traffic, name, zone, weight),
        })),
      },
    });
    await send('change', timeoutMs, (abortSignal) => route53().send(command, { abortSignal }));
  };

  return {
    current,
    shift: async (weights, timeoutMs) => {
      await change(weights, timeoutMs);
      return current(timeoutMs);
    },
  };
};

const recordFor = (
  traffic: Route53TrafficConfig,
  name: string,
  zone: ZoneId,
  weight: number,
): ResourceRecordSet => {
  const target = traffic.targets[zone];
  if (target === undefined)
    throw new DamagedState(
      `traffic.targets names no address for ${zone}; add it to the configuration and deploy`,
    );
  return {
    Name: name,
    Type: 'A',
    SetIdentifier: zone,
    Weight: weight,
    TTL: traffic.ttlSeconds,
    ResourceRecords: [{ Value: target }],
  };
};

const weightsOf = (records: readonly ResourceRecordSet[], name: string, zones: readonly ZoneId[]): Weights =>
  Object.fromEntries(
    zones.map((zone) => {
      const record = records.find(
        (entry) => entry.Name === name && entry.Type === 'A' && entry.SetIdentifier === zone,
      );
      return [zone, record?.Weight ?? 0];
    }),
  );
