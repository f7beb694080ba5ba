import * as z from 'zod';
import type { CopiesRecord } from '../domain/consistency/record';
import { DifferenceKind } from '../domain/consistency/sighting';
import { Store } from '../domain/topology';
import { copiesKey, SORT_KEY, TTL_ATTRIBUTE } from './keys';
import type { Item } from './parse-item';
import { jsonText, parseItem } from './parse-item';

const count = z.int().nonnegative();

const report = z.object({
  store: z.enum(Store),
  writer: z.string().min(1),
  copy: z.string().min(1),
  items: count,
  chunks: count,
  digestsCompared: count,
  lookedAgain: count,
  itemsLookedAt: count,
  differences: z.array(
    z.object({ item: z.string(), what: z.enum(DifferenceKind), words: z.string().nullable() }),
  ),
  differencesFound: count,
  unknown: z.array(z.object({ part: z.string(), why: z.string() })),
  unknownFound: count,
  notes: z.array(z.string()),
  notCompared: z.string().exactOptional(),
});

const copiesSchema = z.object({
  epoch: count,
  execution: z.string().min(1),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  report: jsonText.pipe(report),
});

/** @throws DamagedState */
export const copiesOf = (item: Item): CopiesRecord => parseItem(copiesSchema, item);

export const copiesItem = (record: CopiesRecord, expiresAtSeconds: number): Item => ({
  ...record,
  [SORT_KEY]: copiesKey(record.report.store, record.startedAtMs, record.execution),
  [TTL_ATTRIBUTE]: expiresAtSeconds,
  report: JSON.stringify(record.report),
});
