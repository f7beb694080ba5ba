import type { StateStore } from '../ports/state-store';
import type { StoreOptions } from './item-store';
import { createItemStore } from './item-store';
import type { MemoryTableOptions } from './memory-table';
import { createMemoryTable } from './memory-table';

/** The state store without a network, for tests and the simulator: same rules, same refusals, same damage reports. */
export const createMemoryStore = (options: StoreOptions & MemoryTableOptions): StateStore =>
  createItemStore(createMemoryTable(options), options);
