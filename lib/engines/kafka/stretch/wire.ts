/** Kafka's primitive types (its protocol guide): big-endian numbers, lengths first. Offsets are exact up to 2^53. */

export const int8 = (value: number): Buffer => {
  const bytes = Buffer.alloc(1);
  bytes.writeInt8(value);
  return bytes;
};
export const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
export const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
export const flag = (value: boolean): Buffer => int8(value ? 1 : 0);

export function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Zigzag: small negative numbers stay short. */
export const varint = (value: number): Buffer => uvarint(value < 0 ? -2 * value - 1 : 2 * value);

/** Null has the length -1. */
export const text = (value: string | null): Buffer =>
  value === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
export const compactText = (value: string): Buffer =>
  Buffer.concat([uvarint(Buffer.byteLength(value) + 1), Buffer.from(value)]);
export const blob = (value: Buffer): Buffer => Buffer.concat([int32(value.length), value]);

export const list = <T>(items: readonly T[], encode: (item: T) => Buffer): Buffer =>
  Buffer.concat([int32(items.length), ...items.map(encode)]);
export const compactList = <T>(items: readonly T[], encode: (item: T) => Buffer): Buffer =>
  Buffer.concat([uvarint(items.length + 1), ...items.map(encode)]);

/** Ends every structure of a flexible version. */
export const noTags = uvarint(0);

/** Reads one answer from its beginning to its end. Null lists are read as empty ones. */
export interface WireReader {
  readonly remaining: number;
  int8(): number;
  int16(): number;
  int32(): number;
  int64(): number;
  uint32(): number;
  flag(): boolean;
  varint(): number;
  text(): string | null;
  compactText(): string | null;
  take(length: number): Buffer;
  blob(): Buffer | null;
  list<T>(read: () => T): readonly T[];
  compactList<T>(read: () => T): readonly T[];
  skipTags(): void;
}

/** @throws RangeError when the bytes end too early. */
export function createReader(bytes: Buffer): WireReader {
  let at = 0;
  const advance = (length: number): number => {
    if (length < 0 || at + length > bytes.length)
      throw new RangeError(`an answer of ${bytes.length} bytes ends before byte ${at + length}`);
    at += length;
    return at - length;
  };
  const take = (length: number): Buffer => {
    const start = advance(length);
    return bytes.subarray(start, start + length);
  };
  const uvarintOf = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(advance(1));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const textOf = (length: number): string | null => (length < 0 ? null : take(length).toString());
  const times = <T>(count: number, read: () => T): readonly T[] =>
    Array.from({ length: Math.max(0, count) }, read);
  const reader: WireReader = {
    get remaining() {
      return bytes.length - at;
    },
    int8: () => bytes.readInt8(advance(1)),
    int16: () => bytes.readInt16BE(advance(2)),
    int32: () => bytes.readInt32BE(advance(4)),
    int64: () => Number(bytes.readBigInt64BE(advance(8))),
    uint32: () => bytes.readUInt32BE(advance(4)),
    flag: () => reader.int8() !== 0,
    varint: () => {
      const zigzag = uvarintOf();
      return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    },
    text: () => textOf(reader.int16()),
    compactText: () => textOf(uvarintOf() - 1),
    take,
    blob: () => {
      const length = reader.int32();
      return length < 0 ? null : take(length);
    },
    list: (read) => times(reader.int32(), read),
    compactList: (read) => times(uvarintOf() - 1, read),
    skipTags: () => {
      for (let left = uvarintOf(); left > 0; left -= 1) {
        uvarintOf();
        take(uvarintOf());
      }
    },
  };
  return reader;
}
