import type { Reading } from '../../../domain/consistency/reading';
import type { CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { pollUntil } from '../../deadline';
import type { Connection } from './connection';
import { asReplicationInfo, readReplication } from './replication-info';

const everyMs = 2;

/** Waits until the copy has applied all that the writer had when this was called. @throws DeadlineExceeded, Unreachable */
export async function awaitOffset(
  writer: Connection,
  copy: Connection,
  zones: CopyPair,
  deadline: Deadline,
): Promise<Reading<true>> {
  const wanted = asReplicationInfo(await writer.run(readReplication, deadline));
  const what = `${zones.copy} to apply up to ${wanted.offset} of ${zones.writer}`;
  return pollUntil(deadline, { what, everyMs }, async (): Promise<Reading<true> | null> => {
    const seen = asReplicationInfo(await copy.run(readReplication, deadline));
    if (!seen.isReplica) return { state: 'unknown', words: `the server in ${zones.copy} is no replica` };
    if (seen.history !== wanted.history)
      return {
        state: 'unknown',
        words: `${zones.copy} follows another history than that of ${zones.writer}`,
      };
    return seen.offset >= wanted.offset ? { state: 'read', value: true } : null;
  });
}
