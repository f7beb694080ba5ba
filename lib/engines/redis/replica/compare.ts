import { Unreachable } from '../../../domain/errors';
import type { Chunk, Reading } from '../../../domain/consistency/reading';
import type { RedisComponent, ZoneId } from '../../../domain/topology';
import type { CopyPair, CopyReader } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { NameKey } from '../../key-names';
import { createLastingSessions } from '../../lasting-sessions';
import { readEachChunk, unreadOf } from '../../read-each-chunk';
import { listKeys, sumOf } from './compare-keys';
import { lookAtKeys } from './compare-look';
import { awaitOffset } from './compare-offset';
import type { KeysPlace } from './compare-place';
import { nameOfKey, placeOf } from './compare-place';
import type { CompareSessions } from './compare-scan';
import { readKeysPage } from './compare-scan';
import type { Connection, ServerAccess } from './connection';
import { createSessions } from './sessions';

export interface RedisCompareOptions {
  readonly component: Pick<RedisComponent, 'endpoints' | 'user'>;
  readonly password: ServerAccess['password'];
  readonly nameKey: NameKey;
  /** Keys of a chunk. */
  readonly itemsAtMost?: number;
}

/** Under load most chunks have a key that was just written, and so many are listed then. */
const KEYS_A_CHUNK = 1_000;

type Read<T> = (connection: Connection, place: KeysPlace, deadline: Deadline) => Promise<T>;

const readEach = <T>(
  sessions: CompareSessions,
  asked: { readonly zone: ZoneId; readonly chunks: readonly Chunk[]; readonly deadline: Deadline },
  read: Read<T>,
): Promise<readonly Reading<T>[]> =>
  readEachChunk(asked.chunks, (chunk) =>
    sessions.run(asked.zone, Math.max(1, asked.deadline.remainingMs()), (connection, limit) =>
      read(connection, placeOf(chunk), limit),
    ),
  );

const catchUp = (sessions: CompareSessions, zones: CopyPair, deadline: Deadline): Promise<Reading<true>> =>
  sessions
    .run(zones.writer, deadline.remainingMs(), (writer) =>
      sessions.run(zones.copy, deadline.remainingMs(), (copy) => awaitOffset(writer, copy, zones, deadline)),
    )
    .catch(unreadOf);

/**
 * Two copies of Redis 7 or newer by its own eyes, in pipelines of DUMP. Evac's user needs, beside what switching needs, to read
 * every key (`%R~*`) and SCAN, DUMP, MEMORY USAGE, PEXPIRETIME, TYPE, EXISTS, WATCH, MULTI, EXEC, TIME, SELECT, INFO, and of each
 * type the command that reads it whole and its length.
 */
export function createRedisCompare(options: RedisCompareOptions): CopyReader {
  const { component, password, nameKey, itemsAtMost = KEYS_A_CHUNK } = options;
  const { open } = createSessions({ ...component, password });
  const sessions = createLastingSessions({ open, isLost: (error) => error instanceof Unreachable });
  return {
    store: 'redis',
    chunks: (pair, after, timeoutMs) =>
      readKeysPage(sessions, pair, after, { itemsAtMost, nameKey, deadline: startDeadline(timeoutMs) }),
    digests: (zone, chunks, timeoutMs) =>
      readEach(sessions, { zone, chunks, deadline: startDeadline(timeoutMs) }, async (...asked) =>
        sumOf(await listKeys(...asked)),
      ),
    items: (zone, chunks, timeoutMs) =>
      readEach(sessions, { zone, chunks, deadline: startDeadline(timeoutMs) }, listKeys),
    catchUp: (pair, timeoutMs) => catchUp(sessions, pair, startDeadline(timeoutMs)),
    look: (pair, chunk, keys, timeoutMs) =>
      lookAtKeys(sessions, pair, { place: placeOf(chunk), keys }, startDeadline(timeoutMs)).catch((cause) =>
        keys.map((key) => ({ key, judgement: { is: 'open', words: unreadOf(cause).words } as const })),
      ),
    nameOf: (chunk, key) => nameOfKey(placeOf(chunk).db, key, nameKey),
    close: async () => sessions.close(),
  };
}
