import { DeadlineExceeded, EvacError, Refused, StaleEpoch, Unreachable } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import { cursorShape } from '../cursor-object';
import { isTimeout, networkReasonOf, StoreFull, StoreRefused } from '../failure';
import type { CopyTarget } from './copy-target';
import { packFrame, unpackFrame } from './frame';
import type { Call } from './hop-shape';
import { answerShapes, failureShape, headerOf } from './hop-shape';

export interface HopClientOptions {
  /** `http://198.18.2.1:8084` */
  readonly url: string;
  readonly token: string;
  /** How many bytes went over, packed. */
  readonly onSent?: (bytes: number) => void;
}

type WithoutDeadline<C> = C extends unknown ? Omit<C, 'deadlineMs'> : never;

const wireErrors = { DeadlineExceeded, StaleEpoch, Unreachable, StoreFull, StoreRefused } as const;

/** The other side's error, as it was thrown there. */
function errorOf(header: unknown): EvacError {
  const { error, message, code } = failureShape.parse(header);
  if (code !== null) return new Refused(code, message);
  const known = Object.entries(wireErrors).find(([name]) => name === error)?.[1];
  return new (known ?? EvacError)(message);
}

const asSendError = (error: unknown, url: string, deadline: Deadline): Error => {
  if (error instanceof EvacError) return error;
  const sentence = `the copier's other side at ${url}`;
  if (isTimeout(error))
    return new DeadlineExceeded(`${sentence}: no answer within ${Math.round(deadline.totalMs)} ms`);
  return new Unreachable(`${sentence}: ${networkReasonOf(error) ?? String(error)}`, { cause: error });
};

/** The target in another zone, behind `createHopServer`; each call is one compressed piece each way. */
export function createHopClient({ url, token, onSent }: HopClientOptions): CopyTarget {
  const send = async (packed: Buffer, deadline: Deadline): Promise<unknown> => {
    const request = {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new Uint8Array(packed),
      signal: AbortSignal.timeout(Math.ceil(deadline.remainingMs())),
    };
    try {
      const response = await fetch(url, request);
      const { header } = await unpackFrame(Buffer.from(await response.arrayBuffer()));
      if (!response.ok) throw errorOf(header);
      return (header as { readonly answer: unknown }).answer;
    } catch (error) {
      throw asSendError(error, url, deadline);
    }
  };
  const call = async (
    what: WithoutDeadline<Call>,
    bodies: readonly Buffer[],
    deadline: Deadline,
  ): Promise<unknown> => {
    const deadlineMs = Math.max(1, Math.floor(deadline.remainingMs()));
    const packed = await packFrame({ header: { ...what, deadlineMs }, bodies });
    onSent?.(packed.length);
    return send(packed, deadline);
  };
  return {
    claim: async (from, holder, deadline) =>
      cursorShape.parse(await call({ what: 'claim', from, holder }, [], deadline)),
    held: async (term, keys, deadline) =>
      answerShapes.held.parse(await call({ what: 'held', term, keys: [...keys] }, [], deadline)),
    keys: async (term, after, deadline) =>
      answerShapes.keys.parse(await call({ what: 'keys', term, after }, [], deadline)),
    quarantine: async (term, key, known, deadline) =>
      answerShapes.quarantine.parse(
        await call({ what: 'quarantine', term, key, known: [...known] }, [], deadline),
      ),
    deliver: async (term, { copies, report }, deadline) => {
      const what = { what: 'deliver', term, report, copies: copies.map(headerOf) } as const;
      const bodies = copies.map(({ body }) => body);
      return answerShapes.deliver.parse(await call({ ...what, copies: [...what.copies] }, bodies, deadline));
    },
    settle: async (term, { keys, olderThanMs }, deadline) =>
      answerShapes.settle.parse(
        await call({ what: 'settle', term, keys: [...keys], olderThanMs }, [], deadline),
      ),
    report: async (term, report, deadline) => {
      await call({ what: 'report', term, report }, [], deadline);
    },
  };
}
