import { EvacError, StaleEpoch } from '../domain/errors';
import type { ZoneId } from '../domain/topology';
import type { Effect, FenceReport } from '../ports/engine';
import type { HostControl } from '../ports/host-control';
import { startDeadline } from './deadline';

/** The host stops the store at once and is asked again; a host that cannot is a fence that does not hold. @throws StaleEpoch */
export async function powerFence(
  hosts: HostControl,
  from: ZoneId,
  effect: Effect,
  store: string,
): Promise<FenceReport> {
  const kind = 'power';
  const deadline = startDeadline(effect.deadlineMs);
  try {
    await hosts.stop(from, { epoch: effect.epoch }, deadline.remainingMs());
    const { engine } = await hosts.status(from, Math.max(1, deadline.remainingMs()));
    return { kind, holds: engine === 'stopped', why: `the host in ${from} says its ${store} is ${engine}` };
  } catch (error) {
    if (!(error instanceof EvacError) || error instanceof StaleEpoch) throw error;
    return {
      kind,
      holds: false,
      why: `the host in ${from} could not be made to stop it: ${error.message}`,
    };
  }
}
