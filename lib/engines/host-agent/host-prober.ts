import { DeadlineExceeded, Unreachable } from '../../domain/errors';
import type { ProbeResult } from '../../domain/observation';
import type { Prober } from '../../ports/engine';
import type { HostControl } from '../../ports/host-control';

/** The machine beside a store: it answers when the machine is up and the store is not. */
export const createHostProber = (hosts: HostControl): Prober => ({
  component: 'host',
  probe: async (zone, timeoutMs): Promise<ProbeResult> => {
    const startedMs = performance.now();
    try {
      const status = await hosts.status(zone, timeoutMs);
      return { state: 'ok', reason: `engine ${status.engine}`, latencyMs: performance.now() - startedMs };
    } catch (cause) {
      const silent = cause instanceof Unreachable || cause instanceof DeadlineExceeded;
      const reason = cause instanceof Error ? cause.message : String(cause);
      return { state: silent ? 'failed' : 'unknown', reason, latencyMs: null };
    }
  },
  close: async () => undefined,
});
