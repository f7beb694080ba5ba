import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { EvacError, Refused } from '../../../domain/errors';
import { startDeadline } from '../../deadline';
import type { CopyTarget } from './copy-target';
import type { Frame } from './frame';
import { packFrame, unpackFrame } from './frame';
import { asCopies, callShape } from './hop-shape';

/** One call on the target; the answer's header. */
async function answerTo(target: CopyTarget, { header, bodies }: Frame): Promise<unknown> {
  const call = callShape.parse(header);
  const deadline = startDeadline(call.deadlineMs);
  switch (call.what) {
    case 'claim':
      return target.claim(call.from, call.holder, deadline);
    case 'held':
      return target.held(call.term, call.keys, deadline);
    case 'keys':
      return target.keys(call.term, call.after, deadline);
    case 'quarantine':
      return target.quarantine(call.term, call.key, call.known, deadline);
    case 'settle':
      return target.settle(call.term, { keys: call.keys, olderThanMs: call.olderThanMs }, deadline);
    case 'report':
      return target.report(call.term, call.report, deadline);
    case 'deliver':
      return target.deliver(
        call.term,
        { copies: asCopies(call.copies, bodies), report: call.report },
        deadline,
      );
  }
}

const isKnown = (request: IncomingMessage, token: string): boolean => {
  const [given, wanted] = [request.headers.authorization ?? '', `Bearer ${token}`].map((text) =>
    Buffer.from(text),
  );
  return given?.length === wanted?.length && timingSafeEqual(given ?? Buffer.of(), wanted ?? Buffer.of());
};

const errorHeader = (error: unknown) => ({
  error: error instanceof Error ? error.name : 'Error',
  message: error instanceof Error ? error.message : String(error),
  code: error instanceof Refused ? error.code : null,
});

async function serve(
  target: CopyTarget,
  token: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const send = async (status: number, header: unknown): Promise<void> => {
    const packed = await packFrame({ header, bodies: [] });
    response.writeHead(status, { 'content-length': packed.length }).end(packed);
  };
  try {
    if (!isKnown(request, token)) throw new EvacError('the copier’s token is another one than this side has');
    const frame = await unpackFrame(await buffer(request));
    await send(200, { answer: (await answerTo(target, frame)) ?? null });
  } catch (error) {
    await send(error instanceof EvacError ? 409 : 500, errorHeader(error));
  }
}

/** The target's side of the hop between two zones; a batch comes in one compressed piece. Not listening yet. */
export const createHopServer = (target: CopyTarget, options: { readonly token: string }): Server =>
  createServer((request, response) => {
    void serve(target, options.token, { request, response });
  });
