import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectFolder } from '../lib/cli/project-folder';
import { childPids, emulatorCommand, LOCAL_REGION, waitUntilHealthy } from '../lib/lab/emulator/emulator';
import { describeMachine } from '../lib/lab/machine';
import { pythonCacheOf, pythonOf } from '../lib/lab/python-cache';
import type { StoreOptions } from '../lib/state/item-store';
import { createDynamoDbStore } from '../lib/state/dynamodb-store';
import { PARTITION_KEY, SORT_KEY } from '../lib/state/keys';

const TABLE = 'evac-bench';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** With the key schema that the stack gives it. */
export const createTable = async (client: DynamoDBClient, table: string): Promise<void> => {
  await client.send(
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
};

/** A table in an emulator of its own, on loopback; `close` ends all of it by its process ids. */
export const startLocalTable = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evac-bench-'));
  const port = await freePort();
  const { command, args, env } = emulatorCommand({
    projectFolder,
    python: pythonOf(pythonCacheOf(describeMachine(projectFolder))),
    bindHost: '127.0.0.1',
    port,
    tmpFolder: folder,
    nodeShimFolder: dirname(process.execPath),
  });
  const child = spawn(command, args, { env, stdio: 'ignore' });
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  const close = async (): Promise<void> => {
    const workers = child.pid === undefined ? [] : await childPids(child.pid);
    child.kill('SIGKILL');
    if (!ended.signal.aborted) await once(child, 'exit');
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const { region, credentials } = LOCAL_REGION;
  const client = new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
  try {
    await waitUntilHealthy({ endpoint, deadlineMs: 60_000, ended: ended.signal });
    await createTable(client, TABLE);
  } catch (error) {
    await close();
    throw error;
  }
  const open = (options: StoreOptions) =>
    createDynamoDbStore({ ...options, table: TABLE, endpoint, region, credentials });
  return { client, table: TABLE, open, close };
};

export type LocalTable = Awaited<ReturnType<typeof startLocalTable>>;
