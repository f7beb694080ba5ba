import { Unreachable } from '../../lib/domain/errors';
import type { Observation } from '../../lib/domain/observation';
import type { WitnessId } from '../../lib/domain/topology';
import { REGION_WITNESS } from '../../lib/domain/topology';
import type { StateStore } from '../../lib/ports/state-store';
import type { ItemTable } from '../../lib/state/item-table';
import { createItemStore } from '../../lib/state/item-store';
import { observationKey, SEAT_KEY, SORT_KEY } from '../../lib/state/keys';
import { createMemoryTable } from '../../lib/state/memory-table';
import { observationOf } from '../../lib/state/observation-item';
import type { Item } from '../../lib/state/parse-item';
import { seatOf } from '../../lib/state/seat-item';
import { createStoreClock } from '../../lib/state/store-clock';
import { DATA_ZONES, Place, ZONES } from './places';
import type { Process } from './process';
import { EPOCH_MS } from './process';
import type { Timeline } from './timeline';

const WITNESSES: readonly WitnessId[] = [...ZONES, REGION_WITNESS];

/** As lib/state/dynamodb-client.ts: two attempts, each with its time-out, within one deadline. */
const ATTEMPT_MS = 800;
const ATTEMPTS = 2;

/** The items, telling somebody of each change. */
export class WatchedItems extends Map<string, Item> {
  constructor(private readonly onChange: (key: string, before: Item | undefined, after: Item) => void) {
    super();
  }
  override set(key: string, item: Item): this {
    const before = this.get(key);
    super.set(key, item);
    this.onChange(key, before, item);
    return this;
  }
}

/** An item is parsed once, not once by each of its readers: a fifth of all the time of a simulation. */
const parsed = new WeakMap<Item, Observation>();
const observationOnce = (item: Item): Observation => {
  const known = parsed.get(item);
  if (known !== undefined) return known;
  const read = observationOf(item);
  parsed.set(item, read);
  return read;
};

const ROUND_KEYS = [...WITNESSES].sort().map(observationKey);

/** As in lib/state/item-store.ts, which parses anew at each read. */
const roundsFrom = (table: ItemTable): Pick<StateStore, 'readObservations' | 'readSituation'> => ({
  readObservations: async () => (await table.getMany(ROUND_KEYS)).map(observationOnce),
  readSituation: async () => {
    const items = await table.getMany([SEAT_KEY, ...ROUND_KEYS]);
    const [seat] = items.filter((item) => item[SORT_KEY] === SEAT_KEY);
    const rounds = items.filter((item) => item !== seat);
    const frame = { workload: 'orders', dataZones: DATA_ZONES };
    return {
      seat: seat === undefined ? null : seatOf(seat, frame),
      observations: rounds.map(observationOnce),
    };
  },
});

/** The regional state store: one table, its own time, and days on which it does not answer. */
export interface StoreService {
  readonly items: WatchedItems;
  isReachable: boolean;
  /** The store as a process sees it. */
  openFrom(process: Process, newNonce: () => string): StateStore;
}

export const createStoreService = (
  timeline: Timeline,
  onChange: (key: string, before: Item | undefined, after: Item) => void,
): StoreService => {
  const items = new WatchedItems(onChange);
  const nowMs = (): number => EPOCH_MS + timeline.nowMs();
  const table = createMemoryTable({ items, nowMs });
  const service: StoreService = {
    items,
    isReachable: true,
    openFrom: (process, newNonce) => {
      const seen = tableOf(process);
      const store = createItemStore(seen, {
        workload: 'orders',
        witnesses: WITNESSES,
        dataZones: DATA_ZONES,
        newNonce,
      });
      return { ...store, ...roundsFrom(seen) };
    },
  };

  const tableOf = (process: Process): ItemTable => {
    const clock = createStoreClock(() => process.clock.monotonicMs());
    const silent = (): Unreachable => new Unreachable('the state store did not serve the request');
    const once = <T>(what: string, isLook: boolean, act: () => Promise<T>): Promise<T> =>
      process.call<T>({
        to: Place.region,
        what,
        isLook,
        timeoutMs: ATTEMPT_MS,
        onTimeout: silent,
        onRefused: silent,
        serve: (reply) => {
          if (!service.isReachable) return;
          const date = new Date(Math.floor(nowMs() / 1_000) * 1_000).toUTCString();
          const answered = act().then((value) => {
            timeline.touched();
            return { value };
          });
          void answered.then(({ value }) => reply({ value: heard(value, date) }));
          timeline.touched();
        },
      });
    const heard = <T>(value: T, date: string): T => {
      clock.heard(date);
      return value;
    };
    /** As the SDK: what got no answer is sent once more, also when it had taken effect. */
    const ask = async <T>(what: string, isLook: boolean, act: () => Promise<T>): Promise<T> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once(what, isLook, act);
        } catch (cause) {
          if (attempt === ATTEMPTS) throw cause;
        }
      }
    };
    return {
      nowMs: async () => {
        if (clock.nowMs() === null) await ask('time', true, () => table.get('seat'));
        const now = clock.nowMs();
        if (now === null) throw silent();
        return now;
      },
      get: (sk) => ask(`get ${sk}`, true, () => table.get(sk)),
      getMany: (sks) => ask('get many', true, () => table.getMany(sks)),
      query: (prefix, options) => ask(`query ${prefix}`, true, () => table.query(prefix, options)),
      put: (item, guard) => ask(`put ${String(item['sk'])}`, false, () => table.put(item, guard)),
      patch: (sk, patch, guard) => ask(`patch ${sk}`, false, () => table.patch(sk, patch, guard)),
      transact: (writes, token) => ask('transact', false, () => table.transact(writes, token)),
      close: () => undefined,
    };
  };
  return service;
};
