import { connect } from 'node:net';
import { InvalidConfiguration } from '../../../domain/errors';
import type { ProbeResult } from '../../../domain/observation';
import type { Address, ZoneId } from '../../../domain/topology';
import type { Prober } from '../../../ports/engine';

/** One TCP connection, opened and closed: whether that zone can be reached from here at all (§3b.10). */
const reach = (address: Address, timeoutMs: number): Promise<ProbeResult> => {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (state: ProbeResult['state'], reason: string | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ state, reason, latencyMs: state === 'ok' ? performance.now() - startedMs : null });
    };
    const timer = setTimeout(() => end('failed', 'timeout'), timeoutMs);
    socket.once('connect', () => end('ok', null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(judged(error), error.code ?? error.message));
  });
};

/** A name that does not resolve or a machine without sockets says nothing about the peer. */
const judged = (error: NodeJS.ErrnoException): ProbeResult['state'] =>
  ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].includes(error.code ?? '')
    ? 'failed'
    : 'unknown';

/** @throws InvalidConfiguration for a zone without a peer address. */
export const createTcpPeer = (peers: Readonly<Record<ZoneId, Address>>): Prober => ({
  component: 'peer',
  probe: async (zone, timeoutMs) => {
    const address = peers[zone];
    if (address === undefined)
      throw new InvalidConfiguration(
        `peers names no address in ${zone}; it has ${Object.keys(peers).join(', ')}`,
      );
    return reach(address, timeoutMs);
  },
  close: async () => undefined,
});
