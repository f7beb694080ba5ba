import type { StateStore } from '../ports/state-store';
import type { DynamoDbTableOptions } from './dynamodb-table';
import { createDynamoDbTable } from './dynamodb-table';
import type { StoreOptions } from './item-store';
import { createItemStore } from './item-store';

/**
 * The state store in one DynamoDB table. Each call ends within `timeouts.deadlineMs`, by `Unreachable` if need be.
 * Region, endpoint and credentials come from the environment of the SDK unless given.
 */
export const createDynamoDbStore = (options: StoreOptions & DynamoDbTableOptions): StateStore =>
  createItemStore(createDynamoDbTable(options), options);
