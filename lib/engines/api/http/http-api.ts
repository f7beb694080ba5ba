import { request } from 'node:http';
import type { ProbeResult } from '../../../domain/observation';
import type { ApiComponent, ZoneId } from '../../../domain/topology';
import type { Prober } from '../../../ports/engine';
import { networkReasons } from '../../network-failure';

/** What cannot be blamed on the service (a name that does not resolve, no more files here) is `unknown` (I9). */
function judgeError(error: NodeJS.ErrnoException): ProbeResult {
  const reason = error.code === undefined ? undefined : networkReasons[error.code];
  const state = reason === undefined ? 'unknown' : 'failed';
  return { state, reason: reason ?? error.message, latencyMs: null };
}

/** 5xx is the service saying that it cannot; 4xx is a wrong health path or a missing right: ours, not its failure. */
function judgeStatus(status: number, latencyMs: number): ProbeResult {
  if (status >= 200 && status < 400) return { state: 'ok', reason: null, latencyMs };
  return { state: status >= 500 ? 'failed' : 'unknown', reason: `status ${status}`, latencyMs };
}

/** One GET on a connection of its own: it must notice a frozen service as a new client would. Never rejects. */
function get(target: { host: string; port: number; path: string }, timeoutMs: number): Promise<ProbeResult> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const req = request({ ...target, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(judgeStatus(response.statusCode ?? 0, performance.now() - startedMs)));
      response.on('error', (error) => resolve(judgeError(error)));
    });
    const timer = setTimeout(() => {
      resolve({ state: 'failed', reason: 'timeout', latencyMs: null });
      req.destroy();
    }, timeoutMs);
    req.on('error', (error) => resolve(judgeError(error)));
    req.on('close', () => clearTimeout(timer));
    req.end();
  });
}

/** The API of the workload, looked at through its health path. */
export function createHttpApi(component: Pick<ApiComponent, 'endpoints' | 'healthPath'>): Prober {
  const { endpoints, healthPath } = component;
  const probe = async (zone: ZoneId, timeoutMs: number): Promise<ProbeResult> => {
    const endpoint = endpoints[zone];
    if (endpoint === undefined)
      return { state: 'unknown', reason: `the api has no endpoint in ${zone}`, latencyMs: null };
    return get({ host: endpoint.host, port: endpoint.port, path: healthPath }, timeoutMs);
  };
  return { component: 'api', probe, close: async () => undefined };
}
