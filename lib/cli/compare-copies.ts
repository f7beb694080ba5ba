import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { ulid } from 'ulid';
import type { VerifyRequest } from '../contract/payload';
import type { CopiesRecord } from '../domain/consistency/record';
import type { Store } from '../domain/topology';
import type { Execution } from '../ports/workflows';
import { OperationFailed, StillRunning } from './cli-errors';
import type { Connection } from './connection';
import type { Output } from './output';

const POLL_MS = 100;

interface Wanted {
  readonly stores: readonly Store[];
  readonly timeoutMs: number;
  /** Of the execution, when somebody may have started it already; absent: one of its own. */
  readonly name?: string;
}

const ended = async (
  { workflows, where }: Connection,
  name: string,
  timeoutMs: number,
): Promise<Execution> => {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    const execution = await workflows.describe('verify', name);
    if (execution.status === 'succeeded' || execution.status === 'failed') return execution;
    await sleep(POLL_MS);
  }
  throw new StillRunning(
    `verify ${name} still runs after ${timeoutMs / 1000} s; evac status shows what it found when it has ended, ` +
      `and so does the execution in the Step Functions console of ${where}`,
  );
};

/**
 * Runs a comparison as its own execution and reads what it put on record, one result a store. Changes nothing.
 * @throws StillRunning past the time limit, OperationFailed when it ended without a result
 */
export async function compareCopies(
  connection: Connection,
  output: Output,
  { stores, timeoutMs, name: given }: Wanted,
): Promise<readonly CopiesRecord[]> {
  const { topology, workflows, store, where } = connection;
  const name = given ?? `${topology.workload}-v-${ulid()}`;
  const request: VerifyRequest = { stores, requestedBy: userInfo().username };
  output.note(`comparing the copies of ${stores.join(', ')}: verify ${name} in ${where}`);
  await workflows.start('verify', name, { ...request });
  const { failure } = await ended(connection, name, timeoutMs);
  const found = await Promise.all(stores.map((each) => store.newestCopies(each, name)));
  const records = found.filter((record): record is CopiesRecord => record !== null);
  if (records.length === stores.length) return records;
  throw new OperationFailed(
    `verify ${name} ended without a result for every store: ${failure?.cause || failure?.error || 'no reason given'}`,
  );
}
