import { DeadlineExceeded, Unreachable } from '../../lib/domain/errors';

/** Of a call: nobody answered it, or not in time. */
export const isSilent = (cause: unknown): boolean =>
  cause instanceof Unreachable || cause instanceof DeadlineExceeded;
