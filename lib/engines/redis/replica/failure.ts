import { DeadlineExceeded, Unreachable } from '../../../domain/errors';
import type { Failure } from '../../network-failure';
import { networkReasons, textAt } from '../../network-failure';

/** How the client library says that a session ended without an error of its own. */
const sessionEnded = /^(Connection is closed|Stream isn't writeable)/;

/** Refused, reset, or ended without a word: the session is gone and the server may be, too. */
export const isLost = (error: unknown): boolean => {
  const code = textAt(error, 'code');
  if (code !== null && code in networkReasons) return true;
  return sessionEnded.test(textAt(error, 'message') ?? '');
};

/** Answers of a server that does not serve: it reads its data in, or its disk is full or broken. */
const notServing = /^(LOADING|MISCONF|MASTERDOWN)/;

/**
 * What an error of a probe says of the server. A wrong password, a missing permission, a full connection table are no
 * evidence against it: `unknown`, never `failed` (I9).
 */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof DeadlineExceeded) return { state: 'failed', reason: 'timeout' };
  const cause = error instanceof Unreachable ? error.cause : error;
  const network = networkReasons[textAt(cause, 'code') ?? ''];
  if (network !== undefined) return { state: 'failed', reason: network };
  const message = textAt(cause, 'message') ?? String(cause);
  if (isLost(cause)) return { state: 'failed', reason: 'connection lost' };
  return { state: notServing.test(message) ? 'failed' : 'unknown', reason: message };
}
