import type { Chunk, Reading, Unread } from '../../../domain/consistency/reading';
import type { ZoneId } from '../../../domain/topology';
import { Store } from '../../../domain/topology';
import type { CopyReader } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { NameKey } from '../../key-names';
import { listObjects, lookAtObjects, sumOf } from './compare-items';
import { awaitLevel } from './compare-level';
import { placeOf, readObjectsPage } from './compare-scan';
import type { ZoneStore, ZoneStores } from './zone-stores';

export interface ObjectsCompareOptions {
  /** Closed with the reader. */
  readonly stores: ZoneStores;
  readonly nameKey: NameKey;
  /** Objects of a chunk. */
  readonly itemsAtMost?: number;
}

const OBJECTS_A_CHUNK = 100;

const unreadOf = (cause: unknown): Unread => ({
  state: 'unknown',
  words: cause instanceof Error ? cause.message : String(cause),
});

type Read<T> = (store: ZoneStore, keys: readonly string[], deadline: Deadline) => Promise<T>;

/** A store that says nothing is asked once, not for every chunk: the others are as unknown. */
async function readEach<T>(
  stores: ZoneStores,
  asked: { readonly zone: ZoneId; readonly chunks: readonly Chunk[]; readonly timeoutMs: number },
  read: Read<T>,
): Promise<readonly Reading<T>[]> {
  const { zone, chunks, timeoutMs } = asked;
  const deadline = startDeadline(timeoutMs);
  const readings: Reading<T>[] = [];
  try {
    for (const chunk of chunks)
      readings.push({ state: 'read', value: await read(stores.at(zone), placeOf(chunk).keys, deadline) });
    return readings;
  } catch (cause) {
    const unread = unreadOf(cause);
    return chunks.map((_, index) => readings[index] ?? unread);
  }
}

/**
 * The buckets of two zones, by the bytes of each object: what a store says of its own checksums is not believed here. Evac's user
 * needs nothing for it that switching does not need.
 */
export function createObjectsCompare(options: ObjectsCompareOptions): CopyReader {
  const { stores, nameKey, itemsAtMost = OBJECTS_A_CHUNK } = options;
  return {
    store: Store.objects,
    chunks: (pair, after, timeoutMs) =>
      readObjectsPage(stores, pair, after, { itemsAtMost, deadline: startDeadline(timeoutMs) }),
    digests: (zone, chunks, timeoutMs) =>
      readEach(stores, { zone, chunks, timeoutMs }, async (...asked) => sumOf(await listObjects(...asked))),
    items: (zone, chunks, timeoutMs) => readEach(stores, { zone, chunks, timeoutMs }, listObjects),
    catchUp: (pair, timeoutMs) => awaitLevel(stores, pair, startDeadline(timeoutMs)).catch(unreadOf),
    look: (pair, chunk, keys, timeoutMs) =>
      lookAtObjects(stores, pair, keys, startDeadline(timeoutMs)).catch((cause) =>
        keys.map((key) => ({ key, judgement: { is: 'open', words: unreadOf(cause).words } as const })),
      ),
    nameOf: (_, key) => nameKey(key),
    close: async () => stores.close(),
  };
}
