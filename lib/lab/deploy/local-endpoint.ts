import { EvacError } from '../../domain/errors';

/** The endpoint is missing or may be a real account's: nothing is called. */
export class EndpointRefused extends EvacError {}

const LOCAL_HOSTS = [/^127\.\d+\.\d+\.\d+$/, /^localhost$/, /^\[::1\]$/, /^198\.1[89]\.\d+\.\d+$/];

const parsed = (endpoint: string): URL | null => (URL.canParse(endpoint) ? new URL(endpoint) : null);

/**
 * Without an endpoint every AWS tool reaches for the real AWS, so what the lab calls must be this machine (loopback)
 * or the lab's own network (198.18.0.0/15, RFC 2544).
 * @throws EndpointRefused
 */
export function requireLocalEndpoint(endpoint: string | undefined): string {
  const url = endpoint === undefined ? null : parsed(endpoint);
  if (url?.protocol === 'http:' && LOCAL_HOSTS.some((host) => host.test(url.hostname))) return url.origin;
  throw new EndpointRefused(
    `the endpoint "${endpoint ?? ''}" is refused: the lab calls only http:// on loopback or in 198.18.0.0/15, ` +
      'never a real account; start the lab with `evac lab up`',
  );
}
