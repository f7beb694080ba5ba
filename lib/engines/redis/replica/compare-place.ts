import type { Chunk } from '../../../domain/consistency/reading';
import type { NameKey } from '../../key-names';
import type { RawReply } from './connection';

/** Some keys of one database; a key is its bytes, one character each. */
export interface KeysPlace {
  readonly db: number;
  readonly keys: readonly string[];
  /** Those among them that are read one by one. */
  readonly heavy: ReadonlySet<string>;
  /** Those too large to be read without holding up the server. */
  readonly large: ReadonlySet<string>;
  /** `contents`: of keys that the writer has; `presence`: of keys that the copy has. */
  readonly what: 'contents' | 'presence';
}

export const placeOf = (chunk: Chunk): KeysPlace => chunk.place as KeysPlace;

export const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');
export const keyOf = (reply: RawReply | Error | undefined): string =>
  Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply);

const printable = /^[\x20-\x7e]*$/;

/** As redis-cli writes it: what is no plain character by its number. */
const written = (key: string): string => {
  const text = bytesOf(key).toString('utf8');
  if (printable.test(text)) return text;
  return text.includes('\ufffd') ? `0x${bytesOf(key).toString('hex')}` : JSON.stringify(text);
};

export const nameOfKey = (db: number, key: string, nameKey: NameKey): string =>
  `db${db} ${nameKey(written(key))}`;
