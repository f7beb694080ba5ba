import type { Chunk, ItemDigest, Reading } from '../../../lib/domain/consistency/reading';
import type { ItemState, Judgement } from '../../../lib/domain/consistency/sighting';
import { judgeHeld } from '../../../lib/domain/consistency/sighting';
import type { Store } from '../../../lib/domain/topology';
import type { CopyReader } from '../../../lib/ports/consistency';

type Side = Map<string, string>;

/** Two copies in memory that may lag, change under the look, or not answer; `pageOf` chunks a page, `chunkOf` items a chunk. */
export const createMemoryCopies = (store: Store, items: Readonly<Record<string, string>>) => {
  const sides: Record<'az-a' | 'az-b', Side> = {
    'az-a': new Map(Object.entries(items)),
    'az-b': new Map(Object.entries(items)),
  };
  const world = {
    sides,
    chunkOf: 3,
    pageOf: 2,
    /** What the copy has not applied yet: done by the next catch-up. */
    lag: [] as (() => void)[],
    /** Looks at these are open so many times. */
    busy: new Map<string, number>(),
    silent: new Set<string>(),
    damaged: new Set<string>(),
    refusesToPage: null as Error | null,
    catchesUp: true,
    calls: { digests: 0, items: 0, look: 0, catchUp: 0, keys: 0 },
  };
  const keysOf = (chunk: Chunk): readonly string[] => chunk.place as readonly string[];
  const sideOf = (zone: string): Side => sides[zone as 'az-a' | 'az-b'];
  const refused = (zone: string): Reading<never> | null => {
    if (world.silent.has(zone)) return { state: 'unknown', words: `${zone} did not answer` };
    return world.damaged.has(zone) ? { state: 'damaged', words: 'invalid page' } : null;
  };
  const list = (zone: string, chunk: Chunk): readonly ItemDigest[] =>
    keysOf(chunk).flatMap((key) => {
      const digest = sideOf(zone).get(key);
      return digest === undefined ? [] : [{ key, digest }];
    });
  const stateOf = (zone: string, key: string): ItemState => {
    const digest = sideOf(zone).get(key);
    return digest === undefined ? { state: 'absent' } : { state: 'present', digest, version: '' };
  };
  const judge = (key: string): Judgement => {
    const left = world.busy.get(key) ?? 0;
    world.busy.set(key, left - 1);
    if (left > 0) return { is: 'open', words: null };
    return judgeHeld(stateOf('az-a', key), stateOf('az-b', key));
  };
  const reader: CopyReader = {
    store,
    chunks: async (_pair, after) => {
      if (world.refusesToPage !== null) throw world.refusesToPage;
      const all = [...new Set([...sides['az-a'].keys(), ...sides['az-b'].keys()])].sort();
      const from = (after as number | null) ?? 0;
      const to = from + world.chunkOf * world.pageOf;
      const chunks = Array.from({ length: world.pageOf }, (_, index): Chunk => {
        const begin = from + index * world.chunkOf;
        return { name: `items from ${begin}`, place: all.slice(begin, begin + world.chunkOf) };
      }).filter((chunk) => keysOf(chunk).length > 0);
      return { chunks, next: to < all.length ? to : null, notes: ['in memory'] };
    },
    digests: async (zone, chunks) => {
      world.calls.digests += 1;
      return chunks.map((chunk) => {
        const items = list(zone, chunk);
        const hash = items.map(({ key, digest }) => `${key}=${digest}`).join();
        return refused(zone) ?? { state: 'read', value: { count: items.length, hash } };
      });
    },
    items: async (zone, chunks) => {
      world.calls.items += 1;
      return chunks.map((chunk) => refused(zone) ?? { state: 'read', value: list(zone, chunk) });
    },
    catchUp: async () => {
      world.calls.catchUp += 1;
      for (const apply of world.lag.splice(0)) apply();
      return world.catchesUp
        ? { state: 'read', value: true }
        : { state: 'unknown', words: 'az-b lags behind' };
    },
    look: async (_pair, _chunk, keys) => {
      world.calls.look += 1;
      world.calls.keys += keys.length;
      return keys.map((key) => ({ key, judgement: judge(key) }));
    },
    nameOf: (_chunk, key) => `thing ${key}`,
    close: async () => undefined,
  };
  return { reader, world };
};
