import { createHash } from 'node:crypto';
import type { ChunkDigest, ItemDigest } from '../../../domain/consistency/reading';
import type { Deadline } from '../../deadline';
import { hashOfUnordered, readerOfUnordered } from './compare-contents';
import type { KeysPlace } from './compare-place';
import { bytesOf, keyOf } from './compare-place';
import type { Connection, RawCommand, RawReply } from './connection';

/** One round trip for so many keys. */
const KEYS_AT_ONCE = 250;

/** What one side holds, by `readHeld`. */
export interface HeldKey {
  /** ms since 1970; -1 = never. */
  readonly expiresAtMs: number;
  /** Hash of what it holds: alike is equal, unlike may still be equal. */
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

const inBatches = (keys: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(keys.length / KEYS_AT_ONCE) }, (_, batch) =>
    keys.slice(batch * KEYS_AT_ONCE, (batch + 1) * KEYS_AT_ONCE),
  );

const batchesOf = (keys: readonly string[], heavy: ReadonlySet<string>): readonly (readonly string[])[] => {
  const together = inBatches(keys.filter((key) => !heavy.has(key)));
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

const isOfAnotherType = (reply: RawReply | Error): boolean =>
  reply instanceof Error && reply.message.startsWith('WRONGTYPE');

/** What each key holds, as a hash: of its DUMP, or of its members in order where the DUMP has them in none. */
async function writtenOf(
  connection: Connection,
  { db, large }: Weighed,
  dumps: ReadonlyMap<string, RawReply>,
  deadline: Deadline,
): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  const unordered: { readonly key: string; readonly command: RawCommand }[] = [];
  for (const [key, reply] of dumps) {
    const dump = large.has(key) ? await shapeOf(connection, db, key, deadline) : reply;
    if (!Buffer.isBuffer(dump)) continue;
    const command = large.has(key) ? undefined : readerOfUnordered(dump, bytesOf(key));
    if (command === undefined) written.set(key, createHash('sha1').update(dump).digest('base64'));
    else unordered.push({ key, command });
  }
  if (unordered.length === 0) return written;
  const commands = unordered.map(({ command }) => command);
  const [, ...replies] = await connection.readAll([['SELECT', db], ...commands], deadline);
  for (const [index, { key, command }] of unordered.entries()) {
    const reply = replies[index] ?? null;
    // It has become another thing in between: left out here, so that it is looked at again.
    if (isOfAnotherType(reply)) continue;
    written.set(key, hashOfUnordered(command, answered(reply)));
  }
  return written;
}

async function holdBatch(
  connection: Connection,
  place: Weighed,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly (readonly [string, HeldKey])[]> {
  const { db, large } = place;
  const commands = keys.flatMap((key): readonly RawCommand[] => [
    ['PEXPIRETIME', bytesOf(key)],
    large.has(key) ? ['EXISTS', bytesOf(key)] : ['DUMP', bytesOf(key)],
  ]);
  const replies = await askEach(connection, db, commands, deadline);
  const dumps = new Map(keys.map((key, index) => [key, replies[2 * index + 1] ?? null]));
  const written = await writtenOf(connection, place, dumps, deadline);
  return keys.flatMap((key, index) => {
    const what = written.get(key);
    return what === undefined
      ? []
      : [[key, { expiresAtMs: Number(replies[2 * index]), written: what }] as const];
  });
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
  for (const batch of inBatches(keys)) {
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
