import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { NO_REQUESTS } from '../../domain/traffic/judge';
import { hostName } from './database-access';
import type { PlaceOutcome } from './order';
import { parseOrder } from './order';
import type { OrderStore } from './order-store';
import { createRequestWindow } from './request-window';
import type { WriterDiscovery } from './writer-discovery';
import { MAX_SESSIONS } from './writer-pool';

export interface OrdersServerOptions {
  readonly zone: string;
  readonly store: OrderStore;
  readonly discovery: WriterDiscovery;
  /** Where Redis writes; absent: there is none. */
  readonly indexWriter?: () => string | null;
  /** Where the objects are written; absent: there are none. */
  readonly receiptsWriter?: () => string | null;
  /** A request is answered within this, whatever the database does. */
  readonly requestDeadlineMs?: number;
}

const REQUEST_DEADLINE_MS = 800;
/** Longer than a load generator's pause between two orders, so that idle connections are not closed under it. */
const KEEP_ALIVE_MS = 30_000;
const MAX_BODY_BYTES = 16_384;
/** HTTP counts whole seconds here; the body says it finer. */
const RETRY_AFTER_SECONDS = 1;
const RETRY_AFTER_MS = 50;

/** A deadline further away than this was written by another clock, and is not taken seriously. */
const CREDIBLE_MS = 60_000;

/**
 * How long the client still waits, by its header X-Deadline (ms since the epoch). After a jam most requests in the
 * queue belong to clients which have given up: writing those first would keep the service jammed for ever.
 */
const patienceMs = (header: unknown): number => {
  const leftMs = Number(header ?? NaN) - Date.now();
  return Math.abs(leftMs) < CREDIBLE_MS ? leftMs : CREDIBLE_MS;
};

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const problem = (status: number, message: string): Reply => ({ status, body: { error: message } });

const replyTo = (outcome: PlaceOutcome, zone: string): Reply => {
  if (outcome.kind === 'conflict') return problem(409, outcome.message);
  if (outcome.kind === 'acknowledged') {
    const { order, replayed, writer } = outcome;
    return { status: 201, body: { ...order, replayed, writer, zone } };
  }
  const error = `order not acknowledged (${outcome.refusal}); try again with the same Idempotency-Key`;
  const { refusal, written } = outcome;
  return { status: 503, body: { error, refusal, written, retryAfterMs: RETRY_AFTER_MS, zone } };
};

/** The whole body, or null when it is larger than an order can be. */
const readBody = async (request: IncomingMessage): Promise<string | null> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk as Uint8Array);
    bytes += buffer.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(buffer);
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
};

const send = (
  response: ServerResponse,
  { status, body }: Reply,
  about: { zone: string; isDraining: boolean },
): void => {
  const { zone, isDraining } = about;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'X-Served-By': zone,
    ...(isDraining ? { Connection: 'close' } : {}),
    ...(status === 503 ? { 'Retry-After': RETRY_AFTER_SECONDS } : {}),
  });
  response.end(text);
};

/** What a client would call a good answer: also that its own request was at fault. */
const isGood = ({ status }: Reply): boolean => status < 500;

/** POST /orders, GET /orders/:id, GET /healthz, GET /samples. */
export const createOrdersServer = ({
  zone,
  store,
  discovery,
  indexWriter,
  receiptsWriter,
  requestDeadlineMs,
}: OrdersServerOptions): Server => {
  const deadline = (request: IncomingMessage): number =>
    performance.now() +
    Math.min(requestDeadlineMs ?? REQUEST_DEADLINE_MS, patienceMs(request.headers['x-deadline']));

  const place = async (request: IncomingMessage, isWanted: () => boolean): Promise<Reply> => {
    const deadlineMs = deadline(request);
    const text = await readBody(request);
    if (text === null) return problem(413, `body: at most ${MAX_BODY_BYTES} bytes are allowed`);
    const parsed = parseOrder(request.headers['idempotency-key'], text);
    if (!parsed.ok) return problem(400, parsed.message);
    return replyTo(await store.place(parsed.request, deadlineMs, isWanted), zone);
  };
  const find = async (id: string, request: IncomingMessage): Promise<Reply> => {
    const order = await store.find(id, deadline(request));
    if (order === 'unavailable') return problem(503, 'no database could be asked in time; try again');
    return order === undefined ? problem(404, `no order ${id}`) : { status: 200, body: { ...order } };
  };
  /** The API's own liveness: a database that is away is said in the body, it does not make this API unhealthy. */
  const health = (): Reply => {
    const writer = discovery.writer();
    const databases = discovery.states().map(({ at, role }) => ({ host: hostName(at), role }));
    const index = indexWriter === undefined ? {} : { redis: indexWriter() };
    const receipts = receiptsWriter === undefined ? {} : { objects: receiptsWriter() };
    const name = writer === null ? null : hostName(writer);
    const body = { zone, writer: name, databases, ...index, ...receipts };
    return { status: 200, body };
  };

  const window = createRequestWindow({ capacity: MAX_SESSIONS });
  /** A client that went away before its answer has not been served. */
  const counted = async (response: ServerResponse, asked: Promise<Reply>): Promise<Reply> => {
    const end = window.begin();
    response.once('close', () => end(false));
    const reply = await asked;
    end(isGood(reply) && !response.destroyed);
    return reply;
  };
  /** What the guard of a planned move asks; its own questions and health checks are no client's, and are not counted. */
  const samples = (since: string | null): Reply => {
    const sample = since === null ? NO_REQUESTS : window.since(since);
    return sample === null
      ? problem(410, 'the mark is of an API that has been started anew since')
      : { status: 200, body: { mark: window.mark(), ...sample } };
  };

  const answer = (request: IncomingMessage, response: ServerResponse): Promise<Reply> | Reply => {
    const [path = '/', query = ''] = (request.url ?? '/').split('?');
    const id = /^\/orders\/([\w.:-]{1,200})$/.exec(path)?.[1];
    if (request.method === 'POST' && path === '/orders')
      return counted(
        response,
        place(request, () => !response.destroyed),
      );
    if (request.method === 'GET' && path === '/healthz') return health();
    if (request.method === 'GET' && path === '/samples')
      return samples(new URLSearchParams(query).get('since'));
    if (request.method === 'GET' && id !== undefined) return counted(response, find(id, request));
    return problem(404, 'there are POST /orders, GET /orders/:id, GET /healthz and GET /samples');
  };

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    Promise.resolve(answer(request, response)).then(
      (reply) => send(response, reply, { zone, isDraining: !server.listening }),
      // The client went away in the middle of its body: there is nobody left to answer.
      () => response.destroy(),
    );
  });
  return server;
};
