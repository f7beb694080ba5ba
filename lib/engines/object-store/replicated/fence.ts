import { EvacError, StaleEpoch } from '../../../domain/errors';
import { raised, Side } from '../../../domain/copier/cursor';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, FenceReport } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import { powerFence } from '../../power-fence';
import type { ObjectsContext } from './replicated-objects';
import { setGate, underEpoch } from './under-epoch';

const kind = 'read-only';

/** The workload is kept out by the store itself. */
async function closeGate(
  { stores }: ObjectsContext,
  from: ZoneId,
  effect: Effect,
  deadline: Deadline,
): Promise<FenceReport> {
  const store = stores.at(from);
  return underEpoch(store, effect, deadline, {
    change: (cursor) => cursor,
    act: async ({ side, writer }) => {
      if (side === Side.standby) return { kind, holds: true, why: `the store in ${from} follows ${writer}` };
      if (store.gate === null)
        return { kind, holds: false, why: `the store in ${from} has no gate: its workload may still write` };
      await setGate(store, false, effect.epoch, deadline);
      return { kind, holds: true, why: `the workload may not write to the store in ${from} any more` };
    },
  });
}

/** A newer epoch may be known only on the other side, when the old writer is gone. @throws StaleEpoch */
async function refuseOlder(
  { stores }: ObjectsContext,
  from: ZoneId,
  effect: Effect,
  deadline: Deadline,
): Promise<void> {
  for (const zone of stores.zones.filter((each) => each !== from)) {
    try {
      raised((await stores.at(zone).cursor.read(deadline)).cursor, effect.epoch);
    } catch (error) {
      if (!(error instanceof EvacError) || error instanceof StaleEpoch) throw error;
    }
  }
}

/**
 * See `Engine.fence`. Promoting the other side stops nobody here, so an emergency closes the gate while the store answers,
 * and cuts the power when it does not.
 */
export async function fenceWriter(
  context: ObjectsContext,
  from: ZoneId,
  mode: 'planned' | 'emergency',
  effect: Effect,
): Promise<FenceReport> {
  const deadline = startDeadline(effect.deadlineMs);
  if (mode === 'planned') return closeGate(context, from, effect, deadline);
  const part = effect.deadlineMs / 4;
  await refuseOlder(context, from, effect, deadline.atMost(part));
  let why: string;
  try {
    const byGate = await closeGate(context, from, effect, deadline.atMost(part));
    if (byGate.holds || context.hosts === null) return byGate;
    why = byGate.why;
  } catch (error) {
    if (!(error instanceof EvacError) || !error.retryable) throw error;
    if (context.hosts === null) return { kind, holds: false, why: error.message };
    why = error.message;
  }
  const byPower = await cutPower(context.hosts, from, { ...effect, deadlineMs: deadline.remainingMs() });
  return { ...byPower, why: `${why}; ${byPower.why}` };
}

/** Both sides were asked for a newer epoch already. */
const cutPower = (
  hosts: NonNullable<ObjectsContext['hosts']>,
  from: ZoneId,
  effect: Effect,
): Promise<FenceReport> =>
  powerFence({ hosts, store: 'object store', raiseEpoch: async () => undefined }, from, effect);
