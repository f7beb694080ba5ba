import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import { z } from 'zod';
import { DeadlineExceeded, InvalidRequest, StaleEpoch, Unreachable } from '../../domain/errors';
import type { HostAgent } from './host-agent';

const timeoutMs = z.number().positive().max(3_600_000);
const epoch = z.number().int().nonnegative();
const stopBody = z.object({ epoch, timeoutMs });
const rejoinBody = z.object({
  epoch,
  upstreamHost: z.string().min(1),
  upstreamPort: z.number().int().min(1).max(65_535),
  standbyName: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  fresh: z.literal(true).exactOptional(),
  keep: z.boolean().exactOptional(),
  timeoutMs,
});

/** An order is a few hundred bytes. */
const bodyLimitBytes = 10_000;

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > bodyLimitBytes) throw new InvalidRequest('the order is too long');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InvalidRequest('the order is not JSON', { cause });
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InvalidRequest(z.prettifyError(parsed.error), { cause: parsed.error });
}

/** The caller gets an answer in time; the act itself goes on, and the same order asked again joins it. */
function within<T>(limitMs: number, what: string, act: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DeadlineExceeded(`${what} goes on, but has not ended within ${limitMs} ms`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  return Promise.race([act, late]).finally(() => clearTimeout(timer));
}

const routes: Readonly<Record<string, (agent: HostAgent, request: IncomingMessage) => Promise<unknown>>> = {
  'GET /status': async (agent) => agent.status(),
  'POST /stop': async (agent, request) => {
    const { timeoutMs: limitMs, ...order } = parse(stopBody, await readBody(request));
    await within(limitMs, 'stop', agent.stop(order));
    return agent.status();
  },
  'POST /rejoin': async (agent, request) => {
    const { timeoutMs: limitMs, ...order } = parse(rejoinBody, await readBody(request));
    return within(limitMs, 'rejoin', agent.rejoin(order));
  },
};

function statusOf(error: unknown): number {
  if (error instanceof StaleEpoch) return 409;
  if (error instanceof InvalidRequest) return 400;
  if (error instanceof Unreachable) return 502;
  return error instanceof DeadlineExceeded ? 504 : 500;
}

async function answer(agent: HostAgent, request: IncomingMessage): Promise<readonly [number, unknown]> {
  const route = routes[`${request.method} ${request.url}`];
  if (route === undefined)
    return [404, { error: 'NotFound', message: `no ${request.method} ${request.url}` }];
  try {
    return [200, await route(agent, request)];
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return [statusOf(error), { error: name, message }];
  }
}

/** The agent's HTTP interface: GET /status, POST /stop, POST /rejoin. 409 is a stale epoch, 504 an act that goes on. */
export const createHostAgentServer = (agent: HostAgent): Server =>
  createServer((request, response) => {
    void answer(agent, request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(body));
    });
  });
