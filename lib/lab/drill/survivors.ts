import type { Survivors } from '../../domain/report/loss';
import type { ZoneId } from '../../domain/topology';
import type { Lab } from '../lab';
import { instantNow } from '../load/instant';
import { SURVIVING_IDS_SQL } from '../orders/schema';
import { askDatabase } from './local-database';

/** All orders in a zone's database. @throws Unreachable */
export const readSurvivors = async (
  lab: Lab,
  zone: ZoneId,
): Promise<Survivors & { readonly readAt: ReturnType<typeof instantNow> }> => {
  const readAt = instantNow();
  const question = { what: 'the orders could not be read', text: SURVIVING_IDS_SQL };
  const rows = await askDatabase<{ id: string }>(lab, zone, question);
  return { ids: new Set(rows.map(({ id }) => id)), readAtMs: readAt.atMs, readAt };
};
