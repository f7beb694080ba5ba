import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../bench/local-table';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store';
import type { DynamoDbTableOptions } from '../../lib/state/dynamodb-table';
import type { StoreOptions } from '../../lib/state/item-store';
import { WITNESSES } from './seats';
import type { LocalRegion } from '../lab/emulator/local-region';

let made = 0;

/** A fresh table in the emulator, with the key schema that the stack gives it. */
export const createLocalTable = async (region: LocalRegion) => {
  const raw = new DynamoDBClient(region.client);
  const table = `evt-h5-${(made += 1)}`;
  await createTable(raw, table);
  const { credentials, endpoint, region: name } = region.client;
  const options = { table, workload: 'orders', witnesses: WITNESSES, credentials, endpoint, region: name };
  const openStore = (changes: Partial<StoreOptions & DynamoDbTableOptions> = {}) =>
    createDynamoDbStore({ ...options, ...changes });
  return { table, raw, options, openStore };
};

export type LocalTable = Awaited<ReturnType<typeof createLocalTable>>;
