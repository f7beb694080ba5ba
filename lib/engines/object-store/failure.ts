import { DeadlineExceeded, EvacError, Unreachable } from '../../domain/errors';
import type { ProbeState } from '../../domain/observation';
import { fieldOf, networkReasons } from '../network-failure';

const reasons: typeof networkReasons = {
  ...networkReasons,
  UND_ERR_SOCKET: 'connection lost',
  ENOTFOUND: 'name not found',
};

export const statusOf = (error: unknown): number | null => {
  const status = fieldOf(fieldOf(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : null;
};

/** By its code or, where a library has wrapped it into an error of its own, by the code in its text or its cause. */
export function networkReasonOf(error: unknown): string | null {
  const text = `${String(fieldOf(error, 'code'))} ${String(fieldOf(error, 'message'))}`;
  const code = Object.keys(reasons).find((name) => text.includes(name));
  if (code !== undefined) return reasons[code] ?? null;
  const cause = fieldOf(error, 'cause');
  return cause === undefined || cause === null ? null : networkReasonOf(cause);
}

/** Given up because its time was over. */
export const isTimeout = (error: unknown): boolean =>
  ['AbortError', 'TimeoutError'].includes(String(fieldOf(error, 'name')));

/** The object's current version is a delete marker. */
export const saysDeleted = (error: unknown): boolean =>
  fieldOf(fieldOf(fieldOf(error, '$response'), 'headers'), 'x-amz-delete-marker') === 'true';

/** What was asked for is not what is there any more: 412; S3's 409 for two at once; MinIO's 404 for an If-Match on nothing. */
export const isConditionFailed = (error: unknown, isConditionalOnOne: boolean): boolean => {
  const status = statusOf(error);
  return (
    status === 412 ||
    fieldOf(error, 'name') === 'ConditionalRequestConflict' ||
    (isConditionalOnOne && status === 404)
  );
};

const textOf = (error: unknown): string => {
  const [name, message] = [fieldOf(error, 'name'), fieldOf(error, 'message')];
  return typeof message === 'string' ? `${String(name)}: ${message}` : String(error);
};

/** The store answered, and that it cannot: its disk is full, it is starting, it is too busy. */
export class StoreRefused extends EvacError {
  override readonly retryable = true;
}

/** It reads, and can write nothing: a writer that is no writer any more until somebody makes space. */
export class StoreFull extends StoreRefused {}

/** As the rest of Evac knows it; `what` names the call and the bucket. An answer of the store's own stays its cause. */
export function asEvacError(error: unknown, what: string, totalMs: number): Error {
  if (error instanceof EvacError) return error;
  if (isTimeout(error)) return new DeadlineExceeded(`${what}: no answer within ${Math.round(totalMs)} ms`);
  if (networkReasonOf(error) !== null) return new Unreachable(`${what}: ${textOf(error)}`, { cause: error });
  const status = statusOf(error);
  const isFull = status === 507 || fieldOf(error, 'name') === 'XMinioStorageFull';
  if (isFull)
    return new StoreFull(`${what}: the store has no space left; free some, copying goes on by itself`, {
      cause: error,
    });
  const kind = status !== null && status >= 500 ? StoreRefused : EvacError;
  return new kind(`${what}: ${textOf(error)}`, { cause: error });
}

export interface Failure {
  readonly state: ProbeState;
  readonly reason: string;
}

/**
 * What an error of a probe says of the store. A wrong key, a missing permission or bucket are no evidence against it:
 * `unknown`, never `failed` (I9).
 */
export function judgeFailure(error: unknown): Failure {
  if (error instanceof DeadlineExceeded) return { state: 'failed', reason: 'timeout' };
  if (error instanceof Unreachable)
    return { state: 'failed', reason: networkReasonOf(error.cause) ?? error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return { state: error instanceof StoreRefused ? 'failed' : 'unknown', reason };
}

/**
 * What the check of an object's own bytes says; null: something else is the matter. MinIO gives out an error in place of rotten
 * bytes, under the header with their checksum; what it says does not fit it, either.
 */
export function damageIn({ cause }: EvacError): string | null {
  const said = textOf(cause);
  return said.includes('Checksum mismatch') ? said : null;
}
