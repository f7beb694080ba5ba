import { paused } from '../../../domain/copier/cursor';
import type { CopyControl } from '../../../ports/engine';
import { startDeadline } from '../../deadline';
import type { ObjectsContext } from './replicated-objects';
import { setGate, underEpoch } from './under-epoch';

/** See `CopyControl`; a rejoin lets the copier in again. */
export const createCopyControl = ({ stores, hosts }: ObjectsContext): CopyControl => {
  const pause: CopyControl['pause'] = async (zone, effect) => {
    const deadline = startDeadline(effect.deadlineMs);
    const store = stores.at(zone);
    await underEpoch(store, effect, deadline, {
      change: (cursor) => paused(cursor, effect.epoch),
      act: () => setGate(store, false, effect.epoch, deadline),
    });
  };
  return {
    pause,
    // Where nobody can end the store, as on S3, its copies end.
    stop: async (zone, effect) => {
      if (hosts === null) return pause(zone, effect);
      await hosts.stop(zone, { epoch: effect.epoch }, effect.deadlineMs);
    },
  };
};
