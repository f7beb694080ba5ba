import { DeadlineExceeded, Unreachable } from '../../../domain/errors';
import type { ProbeState } from '../../../domain/observation';

const codeOf = (error: unknown): string | null => {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : null;
};

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
};

/** Refused or reset: the session is gone and the broker may be, too. */
export const isLost = (error: unknown): boolean => (codeOf(error) ?? '') in networkReasons;

export interface Failure {
  readonly state: ProbeState;
  readonly reason: string;
}

/**
 * What an error of a probe says of the broker. An answer of its own, a missing permission for one, is no evidence against
 * it: `unknown`, never `failed` (I9).
 */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof DeadlineExceeded) return { state: 'failed', reason: 'timeout' };
  const cause = error instanceof Unreachable ? error.cause : error;
  const network = networkReasons[codeOf(cause) ?? ''];
  if (network !== undefined) return { state: 'failed', reason: network };
  return { state: 'unknown', reason: cause instanceof Error ? cause.message : String(cause) };
}
