import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { DeadlineExceeded, EvacError, Unreachable } from '../../../domain/errors';
import type { Deadline } from '../../deadline';
import type { WireReader } from './wire';
import { createReader, int16, int32, noTags, text } from './wire';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** One question of Kafka's protocol, at the version that Evac speaks. */
export interface ApiCall<T> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  /** Of this version: headers end with tags. */
  readonly isFlexible: boolean;
  readonly body: Buffer;
  readonly parse: (answer: WireReader) => T;
}

/**
 * One session. A question that outlives its deadline destroys the socket, so that a frozen broker holds nobody up, and
 * everything else asked on it fails with it.
 */
export interface Connection {
  ask<T>(call: ApiCall<T>, deadline: Deadline): Promise<T>;
  isOpen(): boolean;
  close(): void;
}

interface Pending {
  readonly settle: (answer: WireReader) => void;
  readonly fail: (error: Error) => void;
}

function encodeFrame(call: ApiCall<unknown>, correlationId: number, clientId: string): Buffer {
  const { key, version, isFlexible, body } = call;
  const header = [int16(key), int16(version), int32(correlationId), text(clientId)];
  const frame = Buffer.concat([...header, ...(isFlexible ? [noTags] : []), body]);
  return Buffer.concat([int32(frame.length), frame]);
}

/** Far more than any answer to Evac; a length beyond it is no broker's. */
const longestAnswerBytes = 64 * 1024 * 1024;

/** Cuts the stream of bytes into answers. @throws RangeError for what is no answer of a broker. */
function createFrameCutter(give: (frame: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let heldBytes = 0;
  return (chunk) => {
    held.push(chunk);
    heldBytes += chunk.length;
    let bytes = held.length === 1 ? chunk : Buffer.concat(held, heldBytes);
    while (bytes.length >= 4) {
      const length = bytes.readInt32BE();
      if (length < 4 || length > longestAnswerBytes) throw new RangeError(`an answer of ${length} bytes`);
      if (bytes.length < 4 + length) break;
      give(bytes.subarray(4, 4 + length));
      bytes = bytes.subarray(4 + length);
    }
    held = bytes.length === 0 ? [] : [bytes];
    heldBytes = bytes.length;
  };
}

const asUnreachable = (where: string, cause: unknown): Error =>
  cause instanceof EvacError
    ? cause
    : new Unreachable(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

const ended = (): Error => Object.assign(new Error('the connection ended'), { code: 'ECONNRESET' });

/** Settles with `work`, or destroys the socket when the deadline passes. */
async function within<T>(
  socket: Socket,
  deadline: Deadline,
  work: { readonly what: string; readonly start: () => Promise<T> },
): Promise<T> {
  const late = (): Error =>
    new DeadlineExceeded(`${work.what}: no answer within ${Math.round(deadline.totalMs)} ms`);
  if (deadline.remainingMs() === 0) {
    const error = late();
    socket.destroy(error);
    throw error;
  }
  const timer = setTimeout(() => socket.destroy(late()), deadline.remainingMs());
  try {
    return await work.start();
  } finally {
    clearTimeout(timer);
  }
}

const opened = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });

/**
 * Opens a session; Kafka itself says nothing until it is asked, so a frozen broker is seen at the first question.
 * @throws DeadlineExceeded, Unreachable.
 */
export async function connect(
  { host, port }: BrokerAddress,
  { clientId }: { readonly clientId: string },
  deadline: Deadline,
): Promise<Connection> {
  const where = `Kafka at ${host}:${port}`;
  const socket = createConnection({ host, port, noDelay: true, keepAlive: true });
  const pending = new Map<number, Pending>();
  let correlationId = 0;
  let broken: unknown = null;
  const failAll = (): void => {
    for (const { fail } of pending.values()) fail(asUnreachable(where, broken ?? ended()));
    pending.clear();
  };
  const cut = createFrameCutter((frame) => {
    const answer = createReader(frame);
    const id = answer.int32();
    pending.get(id)?.settle(answer);
    pending.delete(id);
  });
  socket.on('error', (error) => (broken ??= error));
  socket.on('close', failAll);
  try {
    await within(socket, deadline, { what: where, start: () => opened(socket) });
  } catch (error) {
    socket.destroy();
    throw asUnreachable(where, error);
  }
  socket.on('data', (chunk: Buffer) => {
    try {
      cut(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('end', () => socket.destroy());
  const answerTo = <T>(call: ApiCall<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(asUnreachable(where, broken ?? ended()));
      const id = (correlationId += 1);
      const settle = (answer: WireReader): void => {
        try {
          if (call.isFlexible) answer.skipTags();
          resolve(call.parse(answer));
        } catch (error) {
          reject(error as Error);
        }
      };
      pending.set(id, { settle, fail: reject });
      socket.write(encodeFrame(call, id, clientId));
    });
  return {
    ask: (call, limit) =>
      within(socket, limit, { what: `${where}, ${call.name}`, start: () => answerTo(call) }),
    isOpen: () => !socket.destroyed,
    close: () => socket.destroy(),
  };
}
