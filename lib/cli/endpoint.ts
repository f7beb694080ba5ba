import type { Topology } from '../domain/topology';
import { createLayout } from '../lab/layout';
import { labNameOf } from '../lab/lab-name';
import { readLabFile } from '../lab/lab-file';
import { requireLocalEndpoint } from '../lab/deploy/local-endpoint';
import { MissingEndpoint } from './cli-errors';

/**
 * Where the Region of a configuration is: undefined means the real AWS, which only a configuration that says
 * `target: aws` can mean. A lab without a local endpoint is refused before any client is made.
 * @throws MissingEndpoint, EndpointRefused
 */
export const endpointOf = (
  topology: Topology,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined => {
  if (topology.target.kind === 'aws') return undefined;
  const given = environment['AWS_ENDPOINT_URL'];
  const layout = createLayout({ lab: labNameOf(environment), zones: topology.zones.map((zone) => zone.id) });
  const endpoint = given ?? readLabFile(layout)?.endpoint;
  if (endpoint === undefined)
    throw new MissingEndpoint(
      'This configuration is a lab and no lab is up: AWS_ENDPOINT_URL is not set and there is no running lab to take it from. ' +
        'Start one with: npm run lab -- up. Nothing was asked of AWS.',
    );
  return requireLocalEndpoint(endpoint);
};
