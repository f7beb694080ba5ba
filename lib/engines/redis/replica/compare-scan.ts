import { z } from 'zod';
import type { Chunk } from '../../../domain/consistency/reading';
import type { ChunkPage, CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import type { LastingSessions } from '../../lasting-sessions';
import type { NameKey } from '../../key-names';
import { bytesOf, keyOf, nameOfKey } from './compare-place';
import type { KeysPlace } from './compare-place';
import type { Connection, RawReply } from './connection';

export type CompareSessions = LastingSessions<Connection>;

/** First all keys of the writer with what they hold, then all of the copy: whether the writer has them, too. */
const cursorSchema = z.object({ side: z.enum(['writer', 'copy']), db: z.int(), at: z.string() }).nullable();
type Cursor = Exclude<z.infer<typeof cursorSchema>, null>;

/** So many places of the table a call: about a millisecond of the server's one thread. */
const SCAN_COUNT = 1_000;
const PAGE_OF_CHUNKS = 8;

/** Read by itself, so that no pipeline's answers fill the memory. */
const HEAVY_BYTES = 64 * 1024;
/** Reading it whole would hold up the server for tens of milliseconds. */
const LARGE_BYTES = 8 * 1024 * 1024;

const textOf = (reply: RawReply | Error | undefined): string => {
  if (reply instanceof Error) throw reply;
  return keyOf(reply);
};

/** Numbers of the databases that hold keys. */
const databasesOf = (keyspace: string): readonly number[] =>
  [...keyspace.matchAll(/^db(\d+):/gm)].map(([, number]) => Number(number)).sort((one, other) => one - other);

async function nextDatabase(
  connection: Connection,
  deadline: Deadline,
  from: number,
): Promise<number | null> {
  const [keyspace] = await connection.readAll([['INFO', 'keyspace']], deadline);
  return databasesOf(textOf(keyspace)).find((db) => db >= from) ?? null;
}

interface Scanned {
  readonly keys: readonly string[];
  /** `0` when the database is through. */
  readonly at: string;
}

/** A key may come twice; one that is there all the time comes at least once (Redis, SCAN). */
async function scan(
  connection: Connection,
  { db, at, atLeast }: { readonly db: number; readonly at: string; readonly atLeast: number },
  deadline: Deadline,
): Promise<Scanned> {
  const keys = new Set<string>();
  let cursor = at;
  do {
    const [, found] = await connection.readAll(
      [
        ['SELECT', db],
        ['SCAN', cursor, 'COUNT', SCAN_COUNT],
      ],
      deadline,
    );
    if (!Array.isArray(found)) throw found instanceof Error ? found : new Error('SCAN answered no list');
    const [next, names] = found as unknown as readonly [RawReply, readonly RawReply[]];
    cursor = keyOf(next);
    for (const name of names) keys.add(keyOf(name));
  } while (cursor !== '0' && keys.size < atLeast);
  return { keys: [...keys], at: cursor };
}

async function sizesOf(
  connection: Connection,
  db: number,
  keys: readonly string[],
  deadline: Deadline,
): Promise<Pick<KeysPlace, 'heavy' | 'large'>> {
  const asked = keys.map((key) => ['MEMORY', 'USAGE', bytesOf(key)] as const);
  const [, ...sizes] = await connection.readAll([['SELECT', db], ...asked], deadline);
  const refused = sizes.find((size) => size instanceof Error);
  if (refused !== undefined) throw refused;
  const above = (limit: number) => new Set(keys.filter((_, index) => Number(sizes[index]) > limit));
  return { heavy: above(HEAVY_BYTES), large: above(LARGE_BYTES) };
}

/** Only whether they are there is asked. */
const noSizes: Pick<KeysPlace, 'heavy' | 'large'> = { heavy: new Set(), large: new Set() };

const inChunks = (place: KeysPlace, itemsAtMost: number): readonly Chunk[] =>
  Array.from({ length: Math.ceil(place.keys.length / itemsAtMost) }, (_, index) => {
    const keys = place.keys.slice(index * itemsAtMost, (index + 1) * itemsAtMost);
    const side = place.what === 'contents' ? 'of the writer' : 'of the standby';
    return { name: `${keys.length} keys ${side} in db${place.db}`, place: { ...place, keys } };
  });

const notesOn = ({ db, large }: KeysPlace, nameKey: NameKey): readonly string[] =>
  [...large].map(
    (key) => `${nameOfKey(db, key, nameKey)} is larger than 8 MiB: its type, length and expiry are compared`,
  );

const startOf = {
  writer: { side: 'writer', db: 0, at: '0' },
  copy: { side: 'copy', db: 0, at: '0' },
} as const;

/** Where to go on; null when the last database of the copy is through. */
const afterDatabase = ({ side, db }: Cursor): Cursor => ({ side, db: db + 1, at: '0' });

/** The next keys of the side whose turn it is. */
export async function readKeysPage(
  sessions: CompareSessions,
  pair: CopyPair,
  after: unknown,
  options: { readonly itemsAtMost: number; readonly nameKey: NameKey; readonly deadline: Deadline },
): Promise<ChunkPage> {
  const { itemsAtMost, nameKey } = options;
  const from = cursorSchema.parse(after ?? null) ?? startOf.writer;
  return sessions.run(pair[from.side], options.deadline.remainingMs(), async (connection, deadline) => {
    const db = await nextDatabase(connection, deadline, from.db);
    if (db === null) return { chunks: [], next: from.side === 'writer' ? startOf.copy : null, notes: [] };
    const at = db === from.db ? from.at : '0';
    const atLeast = itemsAtMost * PAGE_OF_CHUNKS;
    const { keys, at: next } = await scan(connection, { db, at, atLeast }, deadline);
    const isWriter = from.side === 'writer';
    const place: KeysPlace = {
      db,
      keys,
      ...(isWriter ? await sizesOf(connection, db, keys, deadline) : noSizes),
      what: isWriter ? 'contents' : 'presence',
    };
    const here: Cursor = { side: from.side, db, at: next };
    return {
      chunks: inChunks(place, itemsAtMost),
      next: next === '0' ? afterDatabase(here) : here,
      notes: notesOn(place, nameKey),
    };
  });
}
