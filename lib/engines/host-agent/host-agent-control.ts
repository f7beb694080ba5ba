import { request } from 'node:http';
import {
  DeadlineExceeded,
  EvacError,
  InvalidConfiguration,
  StaleEpoch,
  Unreachable,
} from '../../domain/errors';
import type { HostAddress, ZoneId } from '../../domain/topology';
import type { HostControl, HostStatus, Rejoined } from '../../ports/host-control';

/** The agent's own steps end this much before the caller stops listening, so that its reason still arrives. */
const answerMarginMs = 50;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return { message: text };
  }
};

/** One request on a connection of its own: a kept one could be to a host that has frozen since. */
function send(address: { host: string; port: number }, call: Call): Promise<Answer> {
  const { method, path, body, timeoutMs } = call;
  const where = `host agent at ${address.host}:${address.port}`;
  return new Promise((resolve, reject) => {
    const expired = new DeadlineExceeded(`${where}: no answer to ${path} within ${Math.round(timeoutMs)} ms`);
    const req = request({ ...address, method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(text) }));
      response.on('error', (cause) => req.destroy(cause));
    });
    const timer = setTimeout(() => req.destroy(expired), timeoutMs);
    req.on('error', (cause) => {
      const known = cause instanceof EvacError;
      reject(known ? cause : new Unreachable(`${where}: ${cause.message}`, { cause }));
    });
    req.on('close', () => clearTimeout(timer));
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The agent answers an error with the name it has in the domain, so that it means the same on this side. */
function resultOf({ status, body }: Answer): unknown {
  if (status === 200) return body;
  const { error, message } = (body ?? {}) as { readonly error?: unknown; readonly message?: unknown };
  const text = typeof message === 'string' ? message : `host agent answered ${status}`;
  if (error === 'StaleEpoch') throw new StaleEpoch(text);
  if (error === 'DeadlineExceeded') throw new DeadlineExceeded(text);
  if (error === 'Unreachable') throw new Unreachable(text);
  throw new EvacError(text);
}

/**
 * Host control over the agents' HTTP interface.
 * Rejects with StaleEpoch, DeadlineExceeded, Unreachable, or EvacError with what the agent said.
 */
export function createHostAgentControl(hosts: Readonly<Record<ZoneId, HostAddress>>): HostControl {
  const call = async (zone: ZoneId, what: Call): Promise<unknown> => {
    const address = hosts[zone];
    if (address?.kind !== 'agent')
      throw new InvalidConfiguration(
        `no host agent in ${zone}; there is one in ${Object.keys(hosts).join(', ')}`,
      );
    return resultOf(await send({ host: address.host, port: address.port }, what));
  };
  const order = (path: string, order: Readonly<Record<string, unknown>>, timeoutMs: number): Call => {
    const agentTimeoutMs = Math.max(1, Math.floor(timeoutMs - answerMarginMs));
    return { method: 'POST', path, body: { ...order, timeoutMs: agentTimeoutMs }, timeoutMs };
  };
  return {
    status: async (zone, timeoutMs) =>
      (await call(zone, { method: 'GET', path: '/status', timeoutMs })) as HostStatus,
    stop: async (zone, { epoch }, timeoutMs) => {
      await call(zone, order('/stop', { epoch }, timeoutMs));
    },
    rejoin: async (zone, what, timeoutMs) =>
      (await call(zone, order('/rejoin', { ...what }, timeoutMs))) as Rejoined,
  };
}
