import type { ByStore } from '../../domain/protocol/seat';
import type { Store, ZoneId } from '../../domain/topology';
import { isAsynchronous, Store as S } from '../../domain/topology';
import type { Lab } from '../lab';
import type { Instant } from '../load/instant';
import { instantNow } from '../load/instant';
import { REDIS_KEY_PREFIX, SURVIVING_IDS_SQL } from '../orders/schema';
import { readEventIds } from './event-ids';
import { askDatabase } from './local-database';
import { askRedis } from './local-redis';
import { readReceipts } from './receipt-ids';

/** The orders found, and when they began to be read. */
export interface Found {
  /** In every store that holds back an acknowledgement until its standby has it. */
  readonly ids: ReadonlySet<string>;
  readonly byStore: ByStore<ReadonlySet<string>>;
  readonly readAt: Instant;
}

const what = 'the orders could not be read';

const READ: Readonly<Record<Store, (lab: Lab, zone: ZoneId) => Promise<readonly string[]>>> = {
  [S.postgres]: async (lab, zone) =>
    (await askDatabase<{ id: string }>(lab, zone, { what, text: SURVIVING_IDS_SQL })).map(({ id }) => id),
  [S.redis]: async (lab, zone) => [
    ...(await askRedis(lab, zone, { what, prefix: REDIS_KEY_PREFIX })).values(),
  ],
  [S.kafka]: (lab) => readEventIds(lab, what),
  [S.objects]: async (lab, zone) => [...(await readReceipts(lab, zone)).keys()],
};

/** All orders in each store, read where it writes. @throws Unreachable */
export const readSurvivors = async (lab: Lab, writers: ByStore<ZoneId>): Promise<Found> => {
  const readAt = instantNow();
  const stores = Object.entries(writers) as [Store, ZoneId][];
  const sets = await Promise.all(
    stores.map(async ([store, zone]) => [store, new Set(await READ[store](lab, zone))] as const),
  );
  const strict = sets.filter(([store]) => !isAsynchronous(store));
  const [[, first] = [S.postgres, new Set<string>()], ...others] = strict;
  const ids = new Set([...first].filter((id) => others.every(([, each]) => each.has(id))));
  return { ids, byStore: Object.fromEntries(sets), readAt };
};
