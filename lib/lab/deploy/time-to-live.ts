import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { tableName } from '../../contract/names';
import { localClientOptions } from './local-client';

/** The emulator drops a template's TTL attribute, so the table is told afterwards; on AWS the template does it. */
export async function expireHistory(options: {
  readonly endpoint: string;
  readonly workload: string;
  readonly timeoutMs: number;
}): Promise<void> {
  const client = new DynamoDBClient(localClientOptions(options.endpoint));
  const command = new UpdateTimeToLiveCommand({
    TableName: tableName(options.workload),
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
  await client
    .send(command, { abortSignal: AbortSignal.timeout(options.timeoutMs) })
    .finally(() => client.destroy());
}
