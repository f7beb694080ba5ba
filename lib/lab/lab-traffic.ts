import { InvalidConfiguration } from '../domain/errors';
import type { Route53TrafficConfig, Topology } from '../domain/topology';

/** A lab's clients find the service by its name alone. @throws InvalidConfiguration */
export const labTraffic = ({ traffic }: Topology): Route53TrafficConfig => {
  if (traffic.kind === 'route53') return traffic;
  throw new InvalidConfiguration(
    `traffic.kind is ${traffic.kind}, and a lab has no load balancer with weights; use route53`,
  );
};
