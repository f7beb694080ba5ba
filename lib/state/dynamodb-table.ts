import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { Unreachable } from '../domain/errors';
import { compileGuard } from './conditions';
import type { ClientOptions } from './dynamodb-client';
import { createClient, timeoutsOf } from './dynamodb-client';
import type { Request } from './dynamodb-call';
import { callWithin } from './dynamodb-call';
import type { Guard, ItemTable, QueryOptions, Refusal, Write, WriteResult } from './item-table';
import { inOrder } from './item-table';
import { PARTITION_KEY, SEAT_KEY, SORT_KEY } from './keys';
import type { Item } from './parse-item';
import { createStoreClock } from './store-clock';

export interface DynamoDbTableOptions extends ClientOptions {
  readonly table: string;
  readonly workload: string;
}

/** A batch may leave keys unread when the table is throttled; each pass has the deadline of one call. */
const BATCH_PASSES = 3;

type Attributes = Record<string, AttributeValue>;

const itemOf = (attributes: Attributes | undefined): Item | undefined =>
  attributes === undefined ? undefined : unmarshall(attributes);

/** The client is made at the first request, so that a cold start which needs no state pays nothing for it. */
export const createDynamoDbTable = (options: DynamoDbTableOptions): ItemTable => {
  const { table, workload } = options;
  const { deadlineMs } = timeoutsOf(options);
  const clock = createStoreClock();
  let client: ReturnType<typeof createClient> | undefined;

  const call = <T>(request: Request<T>): Promise<T> =>
    callWithin((client ??= createClient(options, clock)), deadlineMs, request);

  const keyOf = (sk: string): Attributes => marshall({ [PARTITION_KEY]: workload, [SORT_KEY]: sk });
  const place = (sk: string) => ({ TableName: table, Key: keyOf(sk) });
  const whole = (item: Item) => ({
    TableName: table,
    Item: marshall({ ...item, [PARTITION_KEY]: workload }),
  });

  const get = async (sk: string): Promise<Item | undefined> => {
    const command = new GetItemCommand({ ...place(sk), ConsistentRead: true });
    const answer = await call((client, abortSignal) => client.send(command, { abortSignal }));
    return itemOf(answer.Item);
  };

  const someOf = async (sks: readonly string[]) => {
    const asked = { Keys: sks.map(keyOf), ConsistentRead: true };
    const command = new BatchGetItemCommand({ RequestItems: { [table]: asked } });
    const answer = await call((client, abortSignal) => client.send(command, { abortSignal }));
    const items = (answer.Responses?.[table] ?? []).map((item) => unmarshall(item));
    const left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    return { items, left: left.map((key) => String(unmarshall(key)[SORT_KEY])) };
  };

  const getMany = async (sks: readonly string[]): Promise<readonly Item[]> => {
    const found = new Map<string, Item>();
    let asking = sks;
    for (let pass = 1; asking.length > 0; pass += 1) {
      const { items, left } = await someOf(asking);
      for (const item of items) found.set(String(item[SORT_KEY]), item);
      if (left.length > 0 && pass === BATCH_PASSES)
        throw new Unreachable(
          `The state store left ${left.join(', ')} unread ${pass} times: it is throttled.`,
        );
      asking = left;
    }
    return inOrder(sks, found);
  };

  const page = async (prefix: string, options: QueryOptions, from: Attributes | undefined) => {
    const { newestFirst = false, limit } = options;
    const command = new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      ScanIndexForward: !newestFirst,
      KeyConditionExpression: `${PARTITION_KEY} = :pk AND begins_with(${SORT_KEY}, :prefix)`,
      ExpressionAttributeValues: marshall({ ':pk': workload, ':prefix': prefix }),
      ...(limit === undefined ? {} : { Limit: limit }),
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    return call((client, abortSignal) => client.send(command, { abortSignal }));
  };

  const query = async (prefix: string, options: QueryOptions = {}): Promise<readonly Item[]> => {
    const items: Item[] = [];
    let from: Attributes | undefined;
    do {
      const answer = await page(prefix, options, from);
      items.push(...(answer.Items ?? []).map((item) => unmarshall(item)));
      from = answer.LastEvaluatedKey;
    } while (from !== undefined && items.length < (options.limit ?? Number.POSITIVE_INFINITY));
    return items;
  };

  const put = async (item: Item, guard?: Guard): Promise<WriteResult> => {
    const condition = guard === undefined ? {} : conditionOf(guard);
    const command = new PutItemCommand({ ...whole(item), ...condition });
    return refusable(async () => {
      await call((client, abortSignal) => client.send(command, { abortSignal }));
      return item;
    });
  };

  const patch = async (sk: string, changes: Item, guard: Guard): Promise<WriteResult> => {
    const update = { ...place(sk), ...updateOf(changes, guard) };
    const command = new UpdateItemCommand({ ...update, ReturnValues: 'ALL_NEW' });
    return refusable(async () => {
      const answer = await call((client, abortSignal) => client.send(command, { abortSignal }));
      return itemOf(answer.Attributes) ?? {};
    });
  };

  const part = (write: Write): TransactWriteItem => {
    if (write.kind === 'put') return { Put: { ...whole(write.item), ...conditionOf(write.guard) } };
    if (write.kind === 'patch')
      return { Update: { ...place(write.sk), ...updateOf(write.patch, write.guard) } };
    return { ConditionCheck: { ...place(write.sk), ...conditionOf(write.guard) } };
  };

  const transact = async (writes: readonly Write[], token: string): Promise<readonly Refusal[] | null> => {
    const command = new TransactWriteItemsCommand({
      TransactItems: writes.map(part),
      ClientRequestToken: token,
    });
    try {
      await call((client, abortSignal) => client.send(command, { abortSignal }));
      return null;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      return refusalsOf(error);
    }
  };

  const nowMs = async (): Promise<number> => {
    if (clock.nowMs() === null) await get(SEAT_KEY);
    const now = clock.nowMs();
    if (now === null)
      throw new Unreachable('The state store answered without a Date header: its time is unknown.');
    return now;
  };

  return { nowMs, get, getMany, query, put, patch, transact, close: () => client?.destroy() };
};

const conditionOf = (guard: Guard) => {
  const { values, ...expression } = compileGuard(guard);
  return {
    ...expression,
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: marshall(values) }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
};

const updateOf = (changes: Item, guard: Guard) => {
  const { ExpressionAttributeNames, ExpressionAttributeValues, ...condition } = conditionOf(guard);
  const names = Object.keys(changes);
  return {
    ...condition,
    UpdateExpression: `SET ${names.map((name) => `#${name} = :set_${name}`).join(', ')}`,
    ExpressionAttributeNames: {
      ...ExpressionAttributeNames,
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: {
      ...ExpressionAttributeValues,
      ...marshall(Object.fromEntries(names.map((name) => [`:set_${name}`, changes[name]]))),
    },
  };
};

const refusable = async (write: () => Promise<Item>): Promise<WriteResult> => {
  try {
    return { accepted: true, item: await write() };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { accepted: false, found: itemOf(error.Item) };
  }
};

const refusalsOf = (error: TransactionCanceledException): readonly Refusal[] => {
  const reasons = error.CancellationReasons ?? [];
  const refusals = reasons.map(({ Code, Item: found }) => ({
    broken: Code === 'ConditionalCheckFailed',
    found: itemOf(found),
  }));
  // Validation, size or throughput: nothing that a guard says, so nothing that can be answered with a refusal.
  if (!refusals.some(({ broken }) => broken)) throw error;
  return refusals;
};
