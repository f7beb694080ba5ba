import { EvacError, StaleEpoch } from '../domain/errors';
import type { ZoneId } from '../domain/topology';
import type { Effect, FenceReport } from '../ports/engine';
import type { HostControl } from '../ports/host-control';
import { startDeadline } from './deadline';

/** An old writer that may be gone is asked this long which epoch is in force there, each of two times, ms. */
const EPOCH_PATIENCE_MS = 500;

export interface PowerFence {
  readonly hosts: HostControl;
  /** For people: `PostgreSQL`. */
  readonly store: string;
  /** Compares and raises the epoch in the store itself. */
  readonly raiseEpoch: (zone: ZoneId, effect: Effect) => Promise<unknown>;
}

/**
 * An undoing raises the epoch in the store and not at its host: a late order must not stop a writer that was let go on
 * since (§3b.1). Asked twice, since a newer epoch ends the session of an older one; one that does not answer, or is too
 * ill to say, is stopped all the same.
 */
async function refuseOlder({ raiseEpoch }: PowerFence, zone: ZoneId, effect: Effect): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    try {
      await raiseEpoch(zone, { ...effect, deadlineMs: Math.min(EPOCH_PATIENCE_MS, effect.deadlineMs / 4) });
      return;
    } catch (error) {
      if (error instanceof StaleEpoch) throw error;
    }
  }
}

/** The host stops the store at once and is asked again; a host that cannot is a fence that does not hold. @throws StaleEpoch */
export async function powerFence(fence: PowerFence, from: ZoneId, effect: Effect): Promise<FenceReport> {
  const { hosts, store } = fence;
  const kind = 'power';
  const deadline = startDeadline(effect.deadlineMs);
  await refuseOlder(fence, from, effect);
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
