import type { Guard, ItemTable, Write } from './item-table';
import { guardHolds, inOrder } from './item-table';
import { SORT_KEY } from './keys';
import type { Item } from './parse-item';

export interface MemoryTableOptions {
  /** The store's time, ms since 1970; a simulator passes its own. */
  readonly nowMs?: () => number;
  /** The items by sort key: pass one to look at it, to damage it, or to share it between stores. */
  readonly items?: Map<string, Item>;
}

const keyOf = (item: Item): string => String(item[SORT_KEY]);
const sortKeyOf = (write: Write): string => (write.kind === 'put' ? keyOf(write.item) : write.sk);

/** Items in a map; each call is atomic, since nothing in it waits. */
export const createMemoryTable = (options: MemoryTableOptions = {}): ItemTable => {
  const { nowMs = Date.now, items = new Map<string, Item>() } = options;

  const store = (write: Write): Item | undefined => {
    const sk = sortKeyOf(write);
    if (write.kind === 'put') items.set(sk, structuredClone(write.item));
    if (write.kind === 'patch') items.set(sk, { ...items.get(sk), ...structuredClone(write.patch) });
    return items.get(sk);
  };

  const attempt = (write: Write) => {
    const found = items.get(sortKeyOf(write));
    return guardHolds(write.guard, found)
      ? { accepted: true as const, item: store(write) ?? {} }
      : { accepted: false as const, found };
  };

  return {
    nowMs: async () => nowMs(),
    get: async (sk) => items.get(sk),
    getMany: async (sks) => inOrder(sks, items),
    query: async (prefix, { newestFirst = false, limit } = {}) => {
      const keys = [...items.keys()].filter((sk) => sk.startsWith(prefix)).sort();
      const ordered = newestFirst ? keys.reverse() : keys;
      return ordered.slice(0, limit).map((sk) => items.get(sk) ?? {});
    },
    put: async (item, guard = ANYTHING) => attempt({ kind: 'put', item, guard }),
    patch: async (sk, patch, guard) => attempt({ kind: 'patch', sk, patch, guard }),
    transact: async (writes) => {
      const refusals = writes.map((write) => refusalOf(write, items.get(sortKeyOf(write))));
      if (refusals.some(({ broken }) => broken)) return refusals;
      writes.forEach(store);
      return null;
    },
    close: () => undefined,
  };
};

const ANYTHING: Guard = { kind: 'absent-or', clauses: [] };

const refusalOf = (write: Write, item: Item | undefined) => {
  const broken = !guardHolds(write.guard, item);
  return { broken, found: broken ? item : undefined };
};
