import { createItemStore } from '../../lib/state/item-store';
import type { ItemTable, Write } from '../../lib/state/item-table';
import { createMemoryTable } from '../../lib/state/memory-table';
import type { Item } from '../../lib/state/parse-item';
import { claimOf, failoverAt, NOW_MS, recordAt, seatAt, WITNESSES } from './seats';

/**
 * §3b.11 on a table that keeps no transaction tokens: every write is done, its answer is lost, something happens, and
 * the SDK does the very same write again.
 */
const repeating = (between: (items: Map<string, Item>) => void = () => undefined) => {
  const items = new Map<string, Item>([['seat', { ...seatAt(), sk: 'seat' }]]);
  const inner = createMemoryTable({ items });
  const twice = async <T>(write: () => Promise<T>): Promise<T> => {
    await write();
    between(items);
    return write();
  };
  const table: ItemTable = {
    ...inner,
    put: (item, guard) => twice(() => inner.put(item, guard)),
    patch: (sk, patch, guard) => twice(() => inner.patch(sk, patch, guard)),
    transact: (writes: readonly Write[], token) => twice(() => inner.transact(writes, token)),
  };
  return { items, store: createItemStore(table, { workload: 'orders', witnesses: WITNESSES }) };
};

const proof = { record: recordAt(4), voters: [] };

describe('a write that is done twice', () => {
  it('has won when it finds its own nonce', async () => {
    const { store } = repeating();
    expect((await store.apply(claimOf(seatAt()))).epoch).toBe(4);
  });

  it('has won as a claim with its proof', async () => {
    const { store } = repeating();
    expect(await store.apply(claimOf(seatAt()), proof)).toMatchObject({ epoch: 4, operation: failoverAt(4) });
  });

  it('has won as a claim even when the operation has gone on since', async () => {
    const { store } = repeating((items) => {
      const prepared = failoverAt(4, { phase: 'prepared', progress: 1 });
      items.set('seat', { ...items.get('seat'), operation: prepared, nonce: "the execution's" });
    });
    expect(await store.apply(claimOf(seatAt()), proof)).toMatchObject({ epoch: 4 });
  });

  it('has lost when another change came in between', async () => {
    const { store } = repeating((items) => {
      const stolen = { ...seatAt({ epoch: 9 }), sk: 'seat', nonce: "somebody's" };
      items.set('seat', stolen);
    });
    await expect(store.apply(claimOf(seatAt()))).rejects.toMatchObject({ code: 'stale-epoch' });
  });

  it('has made the seat, or finds the one there is', async () => {
    const { store, items } = repeating();
    items.clear();
    expect(await store.initialiseSeat(seatAt())).toEqual(seatAt());
  });

  it('is no error for a step and a decision', async () => {
    const { store } = repeating();
    await store.recordDecision(recordAt(3));
    await store.writeStep({ epoch: 3, name: 'x', status: 'done', startedAtMs: 1, endedAtMs: 2, detail: {} });
    expect(await store.recentDecisions(9)).toHaveLength(1);
  });
});

it('a refusal without a broken clause is a conflict', async () => {
  const item = { ...seatAt(), sk: 'seat' };
  const table: ItemTable = { ...createMemoryTable(), patch: async () => ({ accepted: false, found: item }) };
  const store = createItemStore(table, { workload: 'orders', witnesses: WITNESSES });
  const drill = { id: 'd1', zone: 'az-a', untilMs: NOW_MS };
  await expect(store.apply({ type: 'begin-drill', drill })).rejects.toMatchObject({ code: 'conflict' });
});
