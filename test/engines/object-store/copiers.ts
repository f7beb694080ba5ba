import { randomUUID } from 'node:crypto';
import type { Copier } from '../../../lib/engines/object-store/copier/copier';
import type { CopierOptions } from '../../../lib/engines/object-store/copier/copier-work';
import { startCopier } from '../../../lib/engines/object-store/copier/copier';
import { createLocalTarget } from '../../../lib/engines/object-store/copier/local-target';
import type { ZoneId } from '../../../lib/domain/topology';
import { waitUntil } from '../../../lib/lab/wait-until';
import { startDeadline } from '../../../lib/engines/deadline';
import type { RealStores } from './real-stores';

export const deadline = (ms = 5_000) => startDeadline(ms);

/** A copier in this process, quick to look and quick to leave. */
export function startQuickCopier(
  stores: RealStores,
  from: ZoneId,
  to: ZoneId,
  changes: Partial<CopierOptions> = {},
): Copier {
  const { bucket, cursor } = stores.stores.at(from);
  return startCopier({
    source: { zone: from, bucket, cursor },
    target: createLocalTarget(stores.stores.at(to)),
    holder: randomUUID(),
    rule: { maxObjects: 10, maxWaitMs: 30, maxBytes: 1 << 24 },
    scanEveryMs: 30,
    retryMs: 50,
    callTimeoutMs: 2_000,
    log: () => undefined,
    ...changes,
  });
}

/** Until the copier has been through everything once. */
export const waitWhole = (stores: RealStores, zone: ZoneId): Promise<void> =>
  waitUntil({ what: `a whole sweep to ${zone}`, timeoutMs: 20_000, everyMs: 20 }, async () => {
    const { cursor } = await stores.stores.at(zone).cursor.read(deadline());
    return cursor.progress.sweeps > 0;
  });
