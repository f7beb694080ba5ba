import { crc32 } from 'node:zlib';

/** A zip archive of one uncompressed file: what CreateFunction wants of inline code. */
export function zipOneFile(name: string, text: string): Buffer {
  const data = Buffer.from(text);
  const entry = entryFields(name, data);
  const local = Buffer.concat([signature(0x04034b50), shorts(20), entry, Buffer.from(name)]);
  const attributes = shorts(0, 0, 0, 0, 0, 0, 0);
  const central = Buffer.concat([
    signature(0x02014b50),
    shorts(20, 20),
    entry,
    attributes,
    Buffer.from(name),
  ]);
  const end = Buffer.concat([
    signature(0x06054b50),
    shorts(0, 0, 1, 1),
    longs(central.length, local.length + data.length),
    shorts(0),
  ]);
  return Buffer.concat([local, data, central, end]);
}

/** Flags, method (stored), time, date, checksum, both sizes, length of the name, length of the extra field. */
function entryFields(name: string, data: Buffer): Buffer {
  return Buffer.concat([
    shorts(0, 0, 0, 0),
    longs(crc32(data), data.length, data.length),
    shorts(Buffer.byteLength(name), 0),
  ]);
}

const signature = (value: number): Buffer => longs(value);
const shorts = (...values: number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer);
const longs = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
