import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ListHostedZonesByNameCommand } from '@aws-sdk/client-route-53';
import { Unreachable } from '../domain/errors';
import type { Route53TrafficConfig } from '../domain/topology';
import type { Traffic, Weights } from '../ports/traffic';
import { createAlbTraffic } from '../traffic/alb-weights/alb-traffic';
import { createRoute53Traffic } from '../traffic/route53/route53-traffic';
import type { Connection } from './connection';

const TIMEOUT_MS = 4_000;

/** The configured hosted zone, or the one that the lab's stack made under the configured name. */
const hostedZoneId = async (
  { route53 }: Connection,
  { hostedZoneId: configured, hostedZoneName }: Route53TrafficConfig,
): Promise<string> => {
  if (configured !== undefined) return configured;
  const answer = await route53.send(
    new ListHostedZonesByNameCommand({ DNSName: hostedZoneName, MaxItems: 1 }),
    {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    },
  );
  const id = answer.HostedZones?.[0]?.Id?.replace('/hostedzone/', '');
  if (id === undefined) throw new Unreachable(`there is no hosted zone ${hostedZoneName}; deploy first`);
  return id;
};

export const openTraffic = async (connection: Connection): Promise<Traffic> => {
  const { traffic } = connection.topology;
  if (traffic.kind === 'alb') {
    const { region } = connection.topology.target;
    return createAlbTraffic({
      traffic,
      client: new ElasticLoadBalancingV2Client({ region, maxAttempts: 2 }),
    });
  }
  const zone = await hostedZoneId(connection, traffic);
  return createRoute53Traffic({ traffic, hostedZoneId: zone, client: connection.route53 });
};

export const readWeights = async (connection: Connection): Promise<Weights> =>
  (await openTraffic(connection)).current(TIMEOUT_MS);
