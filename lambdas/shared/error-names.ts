import type { MiddlewareObj } from '@middy/core';
import type { Log } from './ports';

/**
 * Step Functions matches a failed Task by the error's `name`. The name and the sentence are logged here once, with
 * the causes behind them, so that the console shows why and no handler has to.
 */
export const errorNames = (log: Log): MiddlewareObj => ({
  onError: ({ error }) => {
    if (error instanceof Error)
      log.warn('failed', { name: error.name, message: error.message, causes: causesOf(error.cause) });
  },
});

const causesOf = (cause: unknown): readonly string[] =>
  cause instanceof Error ? [`${cause.name}: ${cause.message}`, ...causesOf(cause.cause)] : [];
