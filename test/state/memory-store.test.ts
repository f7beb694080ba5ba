import { createMemoryStore } from '../../lib/state/memory-store';
import { stateStoreContract } from './contract';

describe('the memory store', () => {
  stateStoreContract(async (changes = {}) => createMemoryStore({ workload: 'orders', ...changes }));
});
