import type { ByStore } from '../../domain/protocol/seat';
import type { Store, ZoneId } from '../../domain/topology';
import { Store as S } from '../../domain/topology';
import type { Lab } from '../lab';
import type { Instant } from '../load/instant';
import { instantNow } from '../load/instant';
import { REDIS_KEY_PREFIX, SURVIVING_IDS_SQL } from '../orders/schema';
import { askDatabase } from './local-database';
import { askRedis } from './local-redis';

/** The orders found, and when they began to be read. */
export interface Found {
  /** In every store. */
  readonly ids: ReadonlySet<string>;
  readonly byStore: ByStore<ReadonlySet<string>>;
  readonly readAt: Instant;
}

const what = 'the orders could not be read';

type Kept = Exclude<Store, 'kafka'>;

const READ: Readonly<Record<Kept, (lab: Lab, zone: ZoneId) => Promise<readonly string[]>>> = {
  [S.postgres]: async (lab, zone) =>
    (await askDatabase<{ id: string }>(lab, zone, { what, text: SURVIVING_IDS_SQL })).map(({ id }) => id),
  [S.redis]: async (lab, zone) => [
    ...(await askRedis(lab, zone, { what, prefix: REDIS_KEY_PREFIX })).values(),
  ],
};

/** All orders in each store, read where it writes. @throws Unreachable */
export const readSurvivors = async (lab: Lab, writers: ByStore<ZoneId>): Promise<Found> => {
  const readAt = instantNow();
  const stores = Object.entries(writers) as [Kept, ZoneId][];
  const sets = await Promise.all(
    stores.map(async ([store, zone]) => [store, new Set(await READ[store](lab, zone))] as const),
  );
  const [[, first] = [S.postgres, new Set<string>()], ...others] = sets;
  const ids = new Set([...first].filter((id) => others.every(([, each]) => each.has(id))));
  return { ids, byStore: Object.fromEntries(sets), readAt };
};
