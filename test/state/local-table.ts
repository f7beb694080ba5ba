import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDbStore } from '../../lib/state/dynamodb-store';
import type { DynamoDbTableOptions } from '../../lib/state/dynamodb-table';
import type { StoreOptions } from '../../lib/state/item-store';
import { PARTITION_KEY, SORT_KEY } from '../../lib/state/keys';
import { WITNESSES } from './seats';
import type { LocalRegion } from '../lab/emulator/local-region';

let made = 0;

/** A fresh table in the emulator, with the key schema that the stack gives it. */
export const createLocalTable = async (region: LocalRegion) => {
  const raw = new DynamoDBClient(region.client);
  const table = `evt-h5-${(made += 1)}`;
  await raw.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
        { AttributeName: SORT_KEY, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [PARTITION_KEY, SORT_KEY].map((name) => ({
        AttributeName: name,
        AttributeType: 'S' as const,
      })),
    }),
  );
  const { credentials, endpoint, region: name } = region.client;
  const options = { table, workload: 'orders', witnesses: WITNESSES, credentials, endpoint, region: name };
  const openStore = (changes: Partial<StoreOptions & DynamoDbTableOptions> = {}) =>
    createDynamoDbStore({ ...options, ...changes });
  return { table, raw, options, openStore };
};

export type LocalTable = Awaited<ReturnType<typeof createLocalTable>>;
