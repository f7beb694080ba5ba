import type { LocalRegion } from '../lab/emulator/local-region';
import { startLocalRegion } from '../lab/emulator/local-region';
import { stateStoreContract } from './contract';
import { createLocalTable } from './local-table';

let region: LocalRegion;
beforeAll(async () => {
  region = await startLocalRegion();
}, 30_000);
afterAll(() => region.close());

describe('the DynamoDB store', () => {
  stateStoreContract(async (changes) => (await createLocalTable(region)).openStore(changes));
});
