import { Route53Client } from '@aws-sdk/client-route-53';
import type { Connection } from '../../lib/cli/connection';
import type { World } from '../lambdas/ports';

/** A Region that answers nothing: whatever is asked of it over the network fails at once. */
const NOBODY = 'http://127.0.0.1:9';

/** A world as the CLI reaches it; its table and workflows are in memory, its Route 53 is out of reach. */
export const connectionTo = (world: World): Connection => ({
  topology: world.topology,
  policyVersion: 'p1',
  store: world.ports.store,
  workflows: world.workflows,
  route53: new Route53Client({
    endpoint: NOBODY,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }),
  where: 'the test',
  close: () => undefined,
});
