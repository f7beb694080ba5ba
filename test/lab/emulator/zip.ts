import { crc32 } from 'node:zlib';

/** A zip archive of one uncompressed file: what CreateFunction wants of inline code. */
export function zipOneFile(name: string, text: string): Buffer {
  const data = Buffer.from(text);
  const local = record(0x04034b50, [20, 0, 0, 0, 0], name, data, []);
  const central = record(0x02014b50, [20, 20, 0, 0, 0, 0], name, data, [0, 0, 0, 0, 0, 0, 0]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, central, end]);
}

/** Signature, the 16-bit fields before the checksum, checksum, sizes, name length, the 16-bit fields after it, name. */
function record(signature: number, before: number[], name: string, data: Buffer, after: number[]): Buffer {
  const head = Buffer.alloc(4 + 2 * before.length + 12);
  head.writeUInt32LE(signature, 0);
  before.forEach((value, index) => head.writeUInt16LE(value, 4 + 2 * index));
  const sums = 4 + 2 * before.length;
  head.writeUInt32LE(crc32(data), sums);
  head.writeUInt32LE(data.length, sums + 4);
  head.writeUInt32LE(data.length, sums + 8);
  const lengths = Buffer.alloc(4 + 2 * after.length);
  lengths.writeUInt16LE(Buffer.byteLength(name), 0);
  after.forEach((value, index) => lengths.writeUInt16LE(value, 4 + 2 * index));
  return Buffer.concat([head, lengths, Buffer.from(name)]);
}
