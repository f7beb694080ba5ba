import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { StoreClock } from './store-clock';

export interface Timeouts {
  /** One attempt, connection included. */
  readonly attemptMs: number;
  readonly maxAttempts: number;
  /** All attempts and the pauses between them. */
  readonly deadlineMs: number;
}

/**
 * DynamoDB answers within 20 ms in its 99th percentile; a first TLS connection from a small Lambda takes up to
 * 300 ms. Two attempts and a pause of up to 100 ms fit into the deadline.
 */
const DEFAULT_TIMEOUTS: Timeouts = { attemptMs: 800, maxAttempts: 2, deadlineMs: 2000 };

export interface ClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly timeouts?: Partial<Timeouts>;
}

export const timeoutsOf = (options: ClientOptions): Timeouts => ({
  ...DEFAULT_TIMEOUTS,
  ...options.timeouts,
});

/** One client per store. It feeds `clock` with the time of every answer, refusals included. */
export const createClient = (options: ClientOptions, clock: StoreClock): DynamoDBClient => {
  const { attemptMs, maxAttempts } = timeoutsOf(options);
  const { region, endpoint, credentials } = options;
  const config: DynamoDBClientConfig = {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts,
    retryMode: 'standard',
    // The plain regional name goes through the VPC's gateway endpoint and needs no account id to be looked up.
    accountIdEndpointMode: 'disabled',
    requestHandler: {
      connectionTimeout: attemptMs,
      requestTimeout: attemptMs,
      // Without it a breach of requestTimeout is only a line in the log.
      throwOnRequestTimeout: true,
    },
  };
  const client = new DynamoDBClient(config);
  hearTheTime(client, clock);
  return client;
};

const hearTheTime = (client: DynamoDBClient, clock: StoreClock): void =>
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      clock.heard(dateHeaderOf(result.response));
      return result;
    },
    // Below the deserializer, so that answers which it turns into errors are heard, too.
    { step: 'deserialize', name: 'evacStoreClock', priority: 'low' },
  );

const dateHeaderOf = (response: unknown): string | undefined => {
  const headers = (response as { readonly headers?: Readonly<Record<string, string>> }).headers;
  return headers?.['date'];
};
