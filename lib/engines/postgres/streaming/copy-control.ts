import type { CopyControl } from '../../../ports/engine';
import type { HostControl } from '../../../ports/host-control';
import { pauseReplay } from './replay';
import type { Sessions } from './sessions';

/** See `CopyControl`. */
export const createCopyControl = (context: {
  readonly sessions: Sessions;
  readonly hosts: HostControl;
}): CopyControl => ({
  pause: (zone, effect) => pauseReplay(context.sessions, zone, effect),
  stop: (zone, { epoch, deadlineMs }) => context.hosts.stop(zone, { epoch }, deadlineMs),
});
