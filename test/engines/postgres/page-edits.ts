import { readFileSync, writeFileSync } from 'node:fs';

/** Faults in a table's file, which no replication would ever bring: the server has to be stopped. */
const PAGE = 8_192;
const HEADER = 24;
const POINTER = 4;
const DEAD = 3;

const placeOf = (bytes: Buffer, marker: string, path: string): number => {
  const at = bytes.indexOf(marker);
  if (at < 0 || bytes.indexOf(marker, at + 1) >= 0)
    throw new Error(`${marker} is not once in ${path}: vacuum, checkpoint and stop the server first`);
  return at;
};

/** The row that holds the marker says something else of the same length. */
export function alterRow(path: string, marker: string): void {
  const bytes = readFileSync(path);
  const at = placeOf(bytes, marker, path);
  bytes.write('~', at + marker.length - 1, 'latin1');
  writeFileSync(path, bytes);
}

/** The row that holds the marker is gone: its line pointer says so (PostgreSQL, storage/itemid.h). */
export function loseRow(path: string, marker: string): void {
  const bytes = readFileSync(path);
  const at = placeOf(bytes, marker, path);
  const page = at - (at % PAGE);
  const end = page + bytes.readUInt16LE(page + 12);
  for (let pointer = page + HEADER; pointer < end; pointer += POINTER) {
    const value = bytes.readUInt32LE(pointer);
    const [offset, length] = [value & 0x7fff, value >>> 17];
    if (page + offset > at || at >= page + offset + length) continue;
    bytes.writeUInt32LE(DEAD << 15, pointer);
    writeFileSync(path, bytes);
    return;
  }
  throw new Error(`no line pointer of ${path} leads to ${marker}`);
}

/** The page that holds the marker is no page any more. */
export function breakPage(path: string, marker: string): void {
  const bytes = readFileSync(path);
  const at = placeOf(bytes, marker, path);
  bytes.fill(0xff, at - (at % PAGE) + 8, at - (at % PAGE) + HEADER);
  writeFileSync(path, bytes);
}
