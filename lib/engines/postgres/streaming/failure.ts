import { DeadlineExceeded, Unreachable } from '../../../domain/errors';
import type { Failure } from '../../network-failure';
import { networkReasons, textAt } from '../../network-failure';

/** The system's name of an error (ECONNREFUSED) or the server's SQLSTATE; null when it has none. */
export const codeOf = (error: unknown): string | null => textAt(error, 'code');

/** A unix socket that is not there is a server that is not. */
const reasons: typeof networkReasons = { ...networkReasons, ENOENT: 'refused' };

/**
 * SQLSTATEs of a server that does not serve: ended by its administrator, crashed, starting up or shutting
 * down (class 57P), broken storage (58), internal error or damaged data (XX).
 */
const notServing = /^(57P0[1-3]|58|XX)/;

/** How the client library begins when a session ends without an error of its own. */
export const sessionEnded = 'Connection terminated';

/** Refused, reset, or ended without a word: the session is gone and the server may be, too. */
export const isLost = (error: unknown): boolean => {
  const code = codeOf(error);
  if (code !== null) return code in reasons || /^57P0/.test(code);
  return textAt(error, 'message')?.startsWith(sessionEnded) === true;
};

/**
 * What an error of a probe says of the server. Authentication, permission, configuration, and a full connection
 * table are no evidence against it: `unknown`, never `failed` (I9, §3b.6).
 */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof DeadlineExceeded) return { state: 'failed', reason: 'timeout' };
  const cause = error instanceof Unreachable ? error.cause : error;
  const code = codeOf(cause);
  const message = textAt(cause, 'message') ?? String(cause);
  if (code === null)
    return isLost(cause)
      ? { state: 'failed', reason: 'connection lost' }
      : { state: 'unknown', reason: message };
  const network = reasons[code];
  if (network !== undefined) return { state: 'failed', reason: network };
  return { state: notServing.test(code) ? 'failed' : 'unknown', reason: `${message} (${code})` };
}
