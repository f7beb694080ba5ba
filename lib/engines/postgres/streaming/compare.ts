import { DeadlineExceeded, Unreachable } from '../../../domain/errors';
import type { Chunk, Reading } from '../../../domain/consistency/reading';
import type { PostgresComponent, ZoneId } from '../../../domain/topology';
import type { CopyReader } from '../../../ports/consistency';
import { startDeadline } from '../../deadline';
import type { NameKey } from '../../key-names';
import { createLastingSessions } from '../../lasting-sessions';
import { askIn } from './compare-ask';
import { lookAtRows } from './compare-look';
import { catchUp } from './compare-positions';
import { asUnread, listRows, readDigest } from './compare-rows';
import type { Ask, RowRange } from './compare-tables';
import { keyName, readPage } from './compare-tables';
import type { ServerAccess } from './connection';
import { isLost } from './failure';
import { createSessions } from './sessions';

export interface PostgresCompareOptions {
  readonly component: Pick<PostgresComponent, 'endpoints' | 'database' | 'user'>;
  readonly password: ServerAccess['password'];
  readonly nameKey: NameKey;
  /** Rows of a chunk. */
  readonly itemsAtMost?: number;
}

/** Read in some 20 ms; a mismatch lists so many. */
const ROWS_A_CHUNK = 10_000;

const rangeOf = (chunk: Chunk): RowRange => chunk.place as RowRange;

/** A silent server is asked once, not for every chunk: the others are as unknown. */
async function readEach<T>(
  chunks: readonly Chunk[],
  read: (range: RowRange) => Promise<T>,
): Promise<readonly Reading<T>[]> {
  const readings: Reading<T>[] = [];
  for (const chunk of chunks) {
    try {
      readings.push({ state: 'read', value: await read(rangeOf(chunk)) });
    } catch (cause) {
      const unread = asUnread(cause);
      if (cause instanceof DeadlineExceeded || cause instanceof Unreachable)
        return chunks.map((_, index) => readings[index] ?? unread);
      readings.push(unread);
    }
  }
  return readings;
}

/**
 * Two copies of PostgreSQL by its own eyes: one query a chunk and side. Evac's role needs pg_read_all_data, and BYPASSRLS
 * where rows are guarded. A page that the server has in memory is not read from its disk.
 */
export function createPostgresCompare(options: PostgresCompareOptions): CopyReader {
  const { component, password, nameKey, itemsAtMost = ROWS_A_CHUNK } = options;
  const { endpoints, database, user } = component;
  const { openCompare } = createSessions({ endpoints, database, user, password });
  const sessions = createLastingSessions({
    open: openCompare,
    isLost: (error) => error instanceof Unreachable && isLost(error.cause),
  });
  const within = (timeoutMs: number, zone: ZoneId): Ask => askIn(sessions, zone, startDeadline(timeoutMs));
  return {
    store: 'postgres',
    chunks: async ({ writer }, after, timeoutMs) =>
      readPage(within(timeoutMs, writer), after, { itemsAtMost, nameKey }),
    digests: async (zone, chunks, timeoutMs) => {
      const ask = within(timeoutMs, zone);
      return readEach(chunks, (range) => readDigest(ask, range));
    },
    items: async (zone, chunks, timeoutMs) => {
      const ask = within(timeoutMs, zone);
      return readEach(chunks, (range) => listRows(ask, range));
    },
    catchUp: (pair, timeoutMs) => catchUp(sessions, pair, startDeadline(timeoutMs)),
    look: (pair, chunk, keys, timeoutMs) =>
      lookAtRows(sessions, pair, { table: rangeOf(chunk).table, keys }, startDeadline(timeoutMs)),
    nameOf: (chunk, key) => {
      const { table } = rangeOf(chunk);
      return `${table.name} ${keyName(table, JSON.parse(key) as readonly string[], nameKey)}`;
    },
    close: async () => sessions.close(),
  };
}
