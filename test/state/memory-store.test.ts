import { createMemoryStore } from '../../lib/state/memory-store';
import { stateStoreContract } from './contract';
import { WITNESSES } from './seats';

describe('the memory store', () => {
  stateStoreContract(async (changes = {}) =>
    createMemoryStore({ workload: 'orders', witnesses: WITNESSES, ...changes }),
  );
});
