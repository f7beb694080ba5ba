import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidConfiguration, Unreachable } from '../domain/errors';

/** One request, bounded by the abort signal it gets. */
export type Request<T> = (client: DynamoDBClient, abortSignal: AbortSignal) => Promise<T>;

/** Two writes of one item at the same instant: nothing was written, and a moment later it can be. */
const CONFLICT = 'TransactionConflict';
const CONFLICT_PAUSE_MS = 15;

/**
 * Runs a request to its end or to the deadline, whichever is first; repeats it while it only collided with another.
 * @throws Unreachable when the store did not answer, or answered that it cannot serve: the outcome is unknown.
 */
export const callWithin = async <T>(
  client: DynamoDBClient,
  deadlineMs: number,
  request: Request<T>,
): Promise<T> => {
  const deadline = AbortSignal.timeout(deadlineMs);
  for (;;) {
    try {
      return await Promise.race([request(client, deadline), aborted(deadline)]);
    } catch (error) {
      if (!isConflict(error) || deadline.aborted) throw classified(error, deadlineMs);
      await pause(CONFLICT_PAUSE_MS * (0.5 + Math.random()));
    }
  }
};

/** The SDK stops listening to the signal once the headers are there; a body that never ends is cut off here. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

const isConflict = (error: unknown): boolean => {
  const { name, CancellationReasons = [] } = error as ServiceError;
  return name === `${CONFLICT}Exception` || CancellationReasons.some(({ Code }) => Code === CONFLICT);
};

const THROTTLED: readonly string[] = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionInProgressException',
];

/** An answer that refuses is handed on; no answer, or one that the store is not well, is `Unreachable`. */
const classified = (error: unknown, deadlineMs: number): unknown => {
  const { name, message, $metadata } = error as ServiceError;
  const status = $metadata?.httpStatusCode;
  if (name === 'ResourceNotFoundException') {
    return new InvalidConfiguration(
      `The state table does not exist (${message}): deploy the stack first, or correct the workload's name or the region.`,
      { cause: error },
    );
  }
  const served = status !== undefined && status < 500 && !THROTTLED.includes(name);
  if (served && !isConflict(error)) return error;
  if (name === 'CredentialsProviderError') return error;
  return new Unreachable(
    `The state store did not serve the request within ${deadlineMs} ms (${name}: ${message}). ` +
      'Whether a write took effect is unknown: read it back before deciding anew.',
    { cause: error },
  );
};
