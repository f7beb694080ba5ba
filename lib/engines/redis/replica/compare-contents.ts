import { createHash } from 'node:crypto';
import type { Deadline } from '../../deadline';
import { bytesOf, keyOf } from './compare-place';
import type { Connection, RawCommand, RawReply } from './connection';

/** How each type is read whole; of a stream its entries, not its consumer groups. */
const readers: Readonly<Record<string, (key: Buffer) => RawCommand>> = {
  string: (key) => ['GET', key],
  list: (key) => ['LRANGE', key, 0, -1],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, 0, -1, 'WITHSCORES'],
  hash: (key) => ['HGETALL', key],
  stream: (key) => ['XRANGE', key, '-', '+'],
};

const flat = (reply: RawReply): readonly RawReply[] =>
  Array.isArray(reply) ? (reply as readonly RawReply[]) : [reply];

const pairs = (all: readonly string[]): readonly string[] =>
  all.flatMap((field, index) => (index % 2 === 0 ? [JSON.stringify([field, all[index + 1]])] : []));

const writtenOut = (reply: RawReply): string =>
  Array.isArray(reply)
    ? `[${(reply as readonly RawReply[]).map(writtenOut).join(',')}]`
    : JSON.stringify(keyOf(reply));

/** RDB types of sets and hashes in all their encodings (Redis, rdb.h); a hash whose fields end by themselves is none of these. */
const dumpedAs: Readonly<Record<number, 'set' | 'hash'>> = {
  2: 'set',
  11: 'set',
  20: 'set',
  4: 'hash',
  13: 'hash',
  16: 'hash',
};

/** How to read what a DUMP tells nothing of, since it is in no order; undefined: the DUMP itself can be compared. */
export const readerOfUnordered = (dump: Buffer, key: Buffer): RawCommand | undefined => {
  const type = dumpedAs[dump[0] ?? -1];
  return type === undefined ? undefined : readers[type]?.(key);
};

/** Of the answer to `readerOfUnordered`. */
export const hashOfUnordered = ([command]: RawCommand, reply: RawReply): string =>
  hashOf(canonical(command === 'SMEMBERS' ? 'set' : 'hash', reply));

const hashOf = (text: string): string => createHash('sha1').update(text, 'latin1').digest('hex');

/** Members of a set and fields of a hash come in the order of each server's own table. */
const canonical = (type: string, reply: RawReply): string => {
  if (type === 'set') return JSON.stringify(flat(reply).map(keyOf).sort());
  if (type === 'hash') return JSON.stringify([...pairs(flat(reply).map(keyOf))].sort());
  return writtenOut(reply);
};

/**
 * What a key holds, whatever the server keeps it in: a set that was filled member by member and one that was loaded from a copy
 * are written differently. Null: a type that only its own module can read. @throws the server's refusal
 */
export async function readContent(
  connection: Connection,
  { db, key }: { readonly db: number; readonly key: string },
  deadline: Deadline,
): Promise<string | null> {
  const name = bytesOf(key);
  const [, typed] = await connection.readAll(
    [
      ['SELECT', db],
      ['TYPE', name],
    ],
    deadline,
  );
  const type = keyOf(typed);
  const command = readers[type]?.(name);
  if (command === undefined) return null;
  const [reply] = await connection.readAll([command], deadline);
  if (reply instanceof Error) throw reply;
  const hash = createHash('sha1')
    .update(canonical(type, reply ?? null), 'latin1')
    .digest('hex');
  return `${type} ${hash}`;
}
