import type { Chunk, Reading } from '../../../domain/consistency/reading';
import type { ZoneId } from '../../../domain/topology';
import { Store } from '../../../domain/topology';
import type { CopyReader } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { NameKey } from '../../key-names';
import { readEachChunk, unreadOf } from '../../read-each-chunk';
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

type Read<T> = (store: ZoneStore, keys: readonly string[], deadline: Deadline) => Promise<T>;

const readEach = <T>(
  stores: ZoneStores,
  asked: { readonly zone: ZoneId; readonly chunks: readonly Chunk[]; readonly timeoutMs: number },
  read: Read<T>,
): Promise<readonly Reading<T>[]> => {
  const deadline = startDeadline(asked.timeoutMs);
  return readEachChunk(asked.chunks, (chunk) => read(stores.at(asked.zone), placeOf(chunk).keys, deadline));
};

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
