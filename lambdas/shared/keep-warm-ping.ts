import type { MiddlewareObj } from '@middy/core';
import { WARM_UP_EVENT } from '../../lib/contract/payload';
import type { Log } from './ports';

const isPing = (event: unknown): boolean =>
  event !== null &&
  typeof event === 'object' &&
  (event as { source?: unknown }).source === WARM_UP_EVENT.source;

/** Answers keep-warm's ping after `warm` has opened what the first real call will need; the logic is not reached. */
export const keepWarmPing = (warm: () => Promise<unknown>, log: Log): MiddlewareObj => ({
  before: async ({ event }) => {
    if (!isPing(event)) return undefined;
    await warm().catch((cause: unknown) => log.warn('warming was not complete', { cause: String(cause) }));
    return { warm: true };
  },
});
