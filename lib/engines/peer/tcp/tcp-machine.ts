import { connect } from 'node:net';
import type { ProbeResult } from '../../../domain/observation';
import type { Address, ZoneId } from '../../../domain/topology';
import type { Prober } from '../../../ports/engine';

/** A refusal comes from the machine's own kernel: the machine is up although nothing listens. */
const MACHINE_ANSWERED = ['ECONNREFUSED', 'ECONNRESET'];
const NOBODY_ANSWERED = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'];

/** A name that does not resolve or a machine without sockets says nothing about the other one. */
const judged = (code: string): ProbeResult['state'] => {
  if (MACHINE_ANSWERED.includes(code)) return 'ok';
  return NOBODY_ANSWERED.includes(code) ? 'failed' : 'unknown';
};

const knock = (address: Address, timeoutMs: number): Promise<ProbeResult> => {
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
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(judged(error.code ?? ''), error.code ?? error.message),
    );
  });
};

/**
 * The machine below a store, by the store's own port: for hosts that are reached through SSM, which is too slow and
 * too far for a probe. Never rejects.
 */
export const createTcpMachine = (endpoints: Readonly<Record<ZoneId, Address>>): Prober => ({
  component: 'host',
  probe: async (zone, timeoutMs) => {
    const address = endpoints[zone];
    if (address === undefined)
      return { state: 'unknown', reason: `the store has no endpoint in ${zone}`, latencyMs: null };
    return knock(address, timeoutMs);
  },
  close: async () => undefined,
});
