import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { tableName } from '../../contract/names';
import { Unreachable } from '../../domain/errors';
import { localClientOptions } from '../deploy/local-client';
import { requireLocalEndpoint } from '../deploy/local-endpoint';
import type { Lab } from '../lab';

const TIMEOUT_MS = 4_000;

/**
 * Takes the cooldown off the seat, as if its time had passed: rows stand for different days. Only while nothing holds
 * the seat. @throws Unreachable
 */
export const forgetCooldown = async (lab: Lab): Promise<void> => {
  const { workload } = lab.options.topology;
  const client = new DynamoDBClient({
    ...localClientOptions(requireLocalEndpoint(lab.file()?.endpoint)),
    maxAttempts: 2,
  });
  const command = new UpdateItemCommand({
    TableName: tableName(workload),
    Key: { pk: { S: workload }, sk: { S: 'seat' } },
    UpdateExpression: 'SET cooldownUntilMs = :none',
    ConditionExpression: '#operation = :idle',
    ExpressionAttributeNames: { '#operation': 'operation' },
    ExpressionAttributeValues: { ':none': { N: '0' }, ':idle': { NULL: true } },
  });
  try {
    await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new Unreachable(`the cooldown could not be taken off the seat: ${String(cause)}`, { cause });
  } finally {
    client.destroy();
  }
};
