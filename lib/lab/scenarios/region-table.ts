import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { tableName } from '../../contract/names';
import { Unreachable } from '../../domain/errors';
import type { Store } from '../../domain/topology';
import { Store as S, storesOf } from '../../domain/topology';
import { localClientOptions } from '../deploy/local-client';
import { requireLocalEndpoint } from '../deploy/local-endpoint';
import type { Lab } from '../lab';
import { waitUntil } from '../wait-until';

const TIMEOUT_MS = 4_000;
/** A degrade or a rejoin that holds the seat in this moment ends within seconds. */
const IDLE_TIMEOUT_MS = 60_000;

/** False while something holds the seat. */
const unlessHeld = async (act: () => Promise<unknown>): Promise<boolean> => {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

const cooldownPath = (store: Store): string =>
  store === S.postgres ? 'cooldownUntilMs = :none' : `beside.${store}.cooldownUntilMs = :none`;

/**
 * Takes the cooldowns off the seat, as if its time had passed: rows stand for different days. Only while nothing holds
 * the seat. @throws Unreachable
 */
export const forgetCooldown = async (lab: Lab): Promise<void> => {
  const { topology } = lab.options;
  const { workload } = topology;
  const client = new DynamoDBClient({
    ...localClientOptions(requireLocalEndpoint(lab.file()?.endpoint)),
    maxAttempts: 2,
  });
  const command = new UpdateItemCommand({
    TableName: tableName(workload),
    Key: { pk: { S: workload }, sk: { S: 'seat' } },
    UpdateExpression: `SET ${storesOf(topology).map(cooldownPath).join(', ')}`,
    ConditionExpression: '#operation = :idle',
    ExpressionAttributeNames: { '#operation': 'operation' },
    ExpressionAttributeValues: { ':none': { N: '0' }, ':idle': { NULL: true } },
  });
  try {
    const wait = { what: 'nothing holds the seat', timeoutMs: IDLE_TIMEOUT_MS, everyMs: 100 };
    await waitUntil(wait, () =>
      unlessHeld(() => client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) })),
    );
  } catch (cause) {
    throw new Unreachable(`the cooldown could not be taken off the seat: ${String(cause)}`, { cause });
  } finally {
    client.destroy();
  }
};
