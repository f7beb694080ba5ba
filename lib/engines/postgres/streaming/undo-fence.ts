import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import { requireWriter, settleStandby, underEpoch } from './epoch-guard';
import type { Sessions } from './sessions';
import { alterSystem, Setting, waitInForce } from './settings';

/**
 * See `Engine.undoFence` and §3b.1: the epoch is raised here, replayed there, the holders there are ended; only then
 * does the old side admit again. A late promote of the operation undone finds the newer epoch.
 * @throws Refused `promoted` when the switch has happened already; Unreachable or DeadlineExceeded when the
 * standby cannot be settled: then only forward, or again once the standby was stopped.
 */
export const undoFence = (
  sessions: Sessions,
  from: ZoneId,
  { standby }: { readonly standby: ZoneId | null },
  effect: Effect,
): Promise<void> =>
  underEpoch(sessions, from, effect, async (guarded) => {
    requireWriter(guarded);
    const { connection, deadline, epoch } = guarded;
    if (standby !== null) await settleStandby(sessions, standby, epoch, deadline);
    const open = { setting: Setting.readOnly, value: 'off' };
    await alterSystem(connection, open, deadline);
    await waitInForce(sessions, from, open, deadline);
  });
