import { DeadlineExceeded, Unreachable } from '../../../domain/errors';
import type { Failure } from '../../network-failure';
import { networkReasons, textAt } from '../../network-failure';

/** Refused or reset: the session is gone and the broker may be, too. */
export const isLost = (error: unknown): boolean => (textAt(error, 'code') ?? '') in networkReasons;

/**
 * What an error of a probe says of the broker. An answer of its own, a missing permission for one, is no evidence against
 * it: `unknown`, never `failed` (I9).
 */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof DeadlineExceeded) return { state: 'failed', reason: 'timeout' };
  const cause = error instanceof Unreachable ? error.cause : error;
  const network = networkReasons[textAt(cause, 'code') ?? ''];
  if (network !== undefined) return { state: 'failed', reason: network };
  return { state: 'unknown', reason: cause instanceof Error ? cause.message : String(cause) };
}
