import type { WireReader } from './wire';
import { createReader, int16, int32, int64, int8, uvarint, varint } from './wire';

/** One record of a topic. Headers are not used. */
export interface LogRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}
export type NewRecord = Omit<LogRecord, 'offset'>;

/** CRC-32C (Castagnoli), reflected. */
const castagnoli = 0x82f63b78;
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? castagnoli : 0);
  return crc >>> 0;
});
export function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

const sized = (value: string | null): Buffer =>
  value === null ? varint(-1) : Buffer.concat([varint(Buffer.byteLength(value)), Buffer.from(value)]);

function encodeRecord({ key, value }: NewRecord, index: number): Buffer {
  const noHeaders = uvarint(0);
  const body = Buffer.concat([int8(0), varint(0), varint(index), sized(key), sized(value), noHeaders]);
  return Buffer.concat([varint(body.length), body]);
}

const magic = 2;

/** A record batch of version 2, not compressed, without a producer's identity. */
export function encodeBatch(records: readonly NewRecord[], atMs: number): Buffer {
  const attributes = int16(0);
  const [producerId, producerEpoch, baseSequence] = [int64(-1), int16(-1), int32(-1)];
  const checked = Buffer.concat([
    attributes,
    int32(records.length - 1),
    int64(atMs),
    int64(atMs),
    producerId,
    producerEpoch,
    baseSequence,
    int32(records.length),
    ...records.map(encodeRecord),
  ]);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32c(checked));
  const afterLength = Buffer.concat([int32(-1), int8(magic), crc, checked]);
  return Buffer.concat([int64(0), int32(afterLength.length), afterLength]);
}

const compressionBits = 0x07;
const controlBit = 0x20;

const readSized = (reader: WireReader): string | null => {
  const length = reader.varint();
  return length < 0 ? null : reader.take(length).toString();
};

function readRecord(reader: WireReader, baseOffset: number): LogRecord {
  reader.varint();
  reader.int8();
  reader.varint();
  const offset = baseOffset + reader.varint();
  const [key, value] = [readSized(reader), readSized(reader)];
  for (let headers = reader.varint(); headers > 0; headers -= 1) {
    readSized(reader);
    readSized(reader);
  }
  return { offset, key, value };
}

/** What stands between a batch's length and its attributes, and between those and its records. */
const skipped = { leaderEpoch: 4, crc: 4, untilRecords: 4 + 8 + 8 + 8 + 2 + 4 } as const;

function decodeBatch(bytes: Buffer, baseOffset: number): readonly LogRecord[] {
  const reader = createReader(bytes);
  reader.take(skipped.leaderEpoch);
  const version = reader.int8();
  reader.take(skipped.crc);
  const attributes = reader.int16();
  if (version !== magic || (attributes & compressionBits) !== 0)
    throw new RangeError(`a batch of version ${version}, attributes ${attributes}: only plain ones are read`);
  reader.take(skipped.untilRecords);
  if ((attributes & controlBit) !== 0) return [];
  return reader.list(() => readRecord(reader, baseOffset));
}

/**
 * The records of a fetch answer. Its last batch may be cut off, and its first one may begin before what was asked for.
 * @throws RangeError for a compressed batch: nobody but Evac and the sample workload writes what is read here.
 */
export function decodeBatches(bytes: Buffer): readonly LogRecord[] {
  const reader = createReader(bytes);
  const records: LogRecord[] = [];
  while (reader.remaining >= 12) {
    const [baseOffset, length] = [reader.int64(), reader.int32()];
    if (length > reader.remaining) break;
    records.push(...decodeBatch(reader.take(length), baseOffset));
  }
  return records;
}
