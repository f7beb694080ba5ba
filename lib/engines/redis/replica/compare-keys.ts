import { createHash } from 'node:crypto';
import type { ChunkDigest, ItemDigest } from '../../../domain/consistency/reading';
import type { Deadline } from '../../deadline';
import type { KeysPlace } from './compare-place';
import { bytesOf, keyOf } from './compare-place';
import type { Connection, RawCommand, RawReply } from './connection';

/** One round trip for so many keys. */
const KEYS_AT_ONCE = 250;

/** What one side holds, by `readHeld`. */
export interface HeldKey {
  /** ms since 1970; -1 = never. */
  readonly expiresAtMs: number;
  /** Hash of its content as the server would write it to a file: alike is equal, unlike may still be equal. */
  readonly written: string;
}

const lengthOf: Readonly<Record<string, string>> = {
  string: 'STRLEN',
  list: 'LLEN',
  set: 'SCARD',
  zset: 'ZCARD',
  hash: 'HLEN',
  stream: 'XLEN',
};

/** The server's own refusal, e.g. of a missing permission: nothing is known then. @throws it */
const answered = (reply: RawReply | Error | undefined): RawReply => {
  if (reply instanceof Error) throw reply;
  return reply ?? null;
};

type Weighed = Pick<KeysPlace, 'db' | 'heavy' | 'large'>;

const batchesOf = (keys: readonly string[], heavy: ReadonlySet<string>): readonly (readonly string[])[] => {
  const light = keys.filter((key) => !heavy.has(key));
  const together = Array.from({ length: Math.ceil(light.length / KEYS_AT_ONCE) }, (_, batch) =>
    light.slice(batch * KEYS_AT_ONCE, (batch + 1) * KEYS_AT_ONCE),
  );
  return [...together, ...keys.filter((key) => heavy.has(key)).map((key) => [key])];
};

/** One answer for each key. */
async function askEach(
  connection: Connection,
  db: number,
  commands: readonly RawCommand[],
  deadline: Deadline,
): Promise<readonly RawReply[]> {
  const [, ...replies] = await connection.readAll([['SELECT', db], ...commands], deadline);
  return replies.map(answered);
}

/** Type and length instead of the content. */
async function shapeOf(
  connection: Connection,
  db: number,
  key: string,
  deadline: Deadline,
): Promise<Buffer | null> {
  const [type] = await askEach(connection, db, [['TYPE', bytesOf(key)]], deadline);
  const name = keyOf(type);
  const length = lengthOf[name];
  if (name === 'none') return null;
  if (length === undefined) return Buffer.from(name);
  const [count] = await askEach(connection, db, [[length, bytesOf(key)]], deadline);
  return Buffer.from(`${name} ${String(count)}`);
}

type Held = ReadonlyMap<string, HeldKey>;

async function holdBatch(
  connection: Connection,
  { db, large }: Weighed,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly (readonly [string, HeldKey])[]> {
  const commands = keys.flatMap((key): readonly RawCommand[] => [
    ['PEXPIRETIME', bytesOf(key)],
    large.has(key) ? ['EXISTS', bytesOf(key)] : ['DUMP', bytesOf(key)],
  ]);
  const replies = await askEach(connection, db, commands, deadline);
  const found: (readonly [string, HeldKey])[] = [];
  for (const [index, key] of keys.entries()) {
    const dump = large.has(key) ? await shapeOf(connection, db, key, deadline) : replies[2 * index + 1];
    if (!Buffer.isBuffer(dump)) continue;
    const written = createHash('sha1').update(dump).digest('base64');
    found.push([key, { expiresAtMs: Number(replies[2 * index]), written }]);
  }
  return found;
}

/** What one side holds of these keys now; a key that it does not have is not in it. @throws the server's refusal */
export async function readHeld(
  connection: Connection,
  place: Weighed,
  keys: readonly string[],
  deadline: Deadline,
): Promise<Held> {
  const held = new Map<string, HeldKey>();
  for (const batch of batchesOf(keys, place.heavy))
    for (const [key, found] of await holdBatch(connection, place, batch, deadline)) held.set(key, found);
  return held;
}

async function present(
  connection: Connection,
  { db, keys }: KeysPlace,
  deadline: Deadline,
): Promise<readonly string[]> {
  const there: string[] = [];
  for (const batch of batchesOf(keys, new Set())) {
    const commands = batch.map((key) => ['EXISTS', bytesOf(key)] as const);
    const replies = await askEach(connection, db, commands, deadline);
    there.push(...batch.filter((_, index) => replies[index] === 1));
  }
  return there;
}

/** Each key of the chunk that this side has, with a digest of what it holds. */
export async function listKeys(
  connection: Connection,
  place: KeysPlace,
  deadline: Deadline,
): Promise<readonly ItemDigest[]> {
  if (place.what === 'presence')
    return (await present(connection, place, deadline)).map((key) => ({ key, digest: 'present' }));
  const held = await readHeld(connection, place, place.keys, deadline);
  return [...held].map(([key, { expiresAtMs, written }]) => ({ key, digest: `${expiresAtMs} ${written}` }));
}

/** The sum of 64 bits of each item's digest: it depends on no order. */
export const sumOf = (items: readonly ItemDigest[]): ChunkDigest => {
  const parts = items.map(({ key, digest }) =>
    createHash('sha1').update(bytesOf(key)).update(digest, 'latin1').digest().readBigUInt64BE(),
  );
  const sum = parts.reduce((total, part) => BigInt.asUintN(64, total + part), 0n);
  return { count: items.length, hash: sum.toString(16) };
};
