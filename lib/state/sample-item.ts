import * as z from 'zod';
import type { SyncSample } from '../domain/sync/sample';
import { Store } from '../domain/topology';
import type { SamplePage } from '../ports/state-store';
import type { ItemTable } from './item-table';
import { sampleKey, samplePageKey, samplePagePrefix, SORT_KEY, TTL_ATTRIBUTE } from './keys';
import type { Item } from './parse-item';
import { jsonText, parseItem } from './parse-item';
import type { RoundItem } from './put-round';
import { putRound } from './put-round';
import { refusedRound } from './refusals';

/** Two days: what went on before an incident, and not a database of its own. */
const HISTORY_SECONDS = 2 * 24 * 3600;

const sampleSchema: z.ZodType<SyncSample> = z.object({
  store: z.enum(Store),
  writer: z.string().min(1),
  copy: z.string().min(1),
  runId: z.string().min(1),
  round: z.int().nonnegative(),
  atMs: z.number(),
  lagSeconds: z.number().nonnegative().nullable(),
  behind: z.number().nonnegative().nullable(),
  perSecond: z.number().nonnegative().nullable(),
  follows: z.boolean().nullable(),
  error: z.string().nullable(),
  failedInARow: z.int().nonnegative(),
  copyBeaconMs: z.number().nullable(),
  copyPosition: z.string().nullable(),
});

const pageSchema = z.object({ samples: jsonText.pipe(z.array(sampleSchema)) });

const sampleItem = (sample: SyncSample): RoundItem => ({ ...sample, [SORT_KEY]: sampleKey(sample.store) });

/** @throws DamagedState */
export const sampleOf = (item: Item): SyncSample => parseItem(sampleSchema, item);

/** @throws Refused `superseded` */
export const putSample = async (table: ItemTable, sample: SyncSample, takesOver: boolean): Promise<void> => {
  const found = await putRound(table, sampleItem(sample), takesOver);
  if (found !== null) throw refusedRound(`the sampler of ${sample.store}`, sample, found);
};

export const samplePageItem = ({ store, runId, startedAtMs, samples }: SamplePage): Item => ({
  [SORT_KEY]: samplePageKey(store, startedAtMs, runId),
  [TTL_ATTRIBUTE]: Math.ceil(startedAtMs / 1000) + HISTORY_SECONDS,
  samples: JSON.stringify(samples),
});

/** Of the newest pages, oldest sample first. @throws DamagedState */
export const newestSamples = async (
  table: ItemTable,
  store: Store,
  pages: number,
): Promise<readonly SyncSample[]> => {
  const items = await table.query(samplePagePrefix(store), { newestFirst: true, limit: pages });
  return [...items].reverse().flatMap((item) => parseItem(pageSchema, item).samples);
};
