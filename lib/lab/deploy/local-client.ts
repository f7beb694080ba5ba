import { LOCAL_REGION } from '../emulator/emulator';

/** Options of every SDK client that the lab makes: the local Region and nothing else. */
export const localClientOptions = (endpoint: string) => ({
  endpoint,
  region: LOCAL_REGION.region,
  credentials: LOCAL_REGION.credentials,
  maxAttempts: 2,
});
