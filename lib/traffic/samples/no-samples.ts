import { NO_REQUESTS } from '../../domain/traffic/judge';
import type { TrafficSamples } from '../../ports/traffic-samples';

/** Where nobody counts the clients' requests: the guard has Evac's own alone. */
export const createNoSamples = (): TrafficSamples => ({
  mark: async () => 'none',
  since: async () => NO_REQUESTS,
});
