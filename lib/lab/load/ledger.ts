import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import { DamagedState } from '../../domain/errors';
import type { LedgerEvent } from '../../domain/report/ledger-event';
import { LEDGER_EVENT } from '../../domain/report/ledger-event';
import type { Instant } from './instant';

const LINE = z.object({
  t: z.enum(LEDGER_EVENT),
  id: z.string(),
  key: z.string(),
  startedAtMs: z.number(),
  atMs: z.number(),
  startedMonoMs: z.number(),
  monoMs: z.number(),
  attempts: z.number(),
  status: z.union([z.number(), z.string(), z.null()]),
  servedBy: z.string().optional(),
});

export interface LedgerTail {
  /** Events written since the last call, in order. @throws DamagedState for a line that is no ledger line. */
  read(): readonly LedgerEvent[];
  /** All events read so far. */
  all(): readonly LedgerEvent[];
  acknowledged(): number;
  /** Another instant of this machine, on the clock that `read` gives its instants in. */
  onLedgerClock(instant: Instant): number;
}

const CHUNK_BYTES = 1 << 16;
const NEWLINE = 10;

/** Reads a growing file from where it stopped; a line without its end is left for the next time. */
const createLineReader = (path: string) => {
  let offset = 0;
  let rest = Buffer.alloc(0);
  const fill = (file: number): void => {
    const chunks = [rest];
    for (let bytes = -1; bytes !== 0;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      bytes = readSync(file, chunk, 0, CHUNK_BYTES, offset);
      offset += bytes;
      chunks.push(chunk.subarray(0, bytes));
    }
    // Once, at the end: joined chunk by chunk, the ledger of a quarter of an hour is copied a thousand times.
    rest = Buffer.concat(chunks);
  };
  return (): readonly string[] => {
    if (!existsSync(path)) return [];
    const file = openSync(path, 'r');
    try {
      fill(file);
    } finally {
      closeSync(file);
    }
    const end = rest.lastIndexOf(NEWLINE) + 1;
    const text = rest.subarray(0, end).toString('utf8');
    rest = rest.subarray(end);
    return text.split('\n').filter((line) => line !== '');
  };
};

const parseLine = (path: string, text: string): z.infer<typeof LINE> => {
  try {
    return LINE.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedState(`${path}: not a ledger line: ${text.slice(0, 120)}`, { cause });
  }
};

/**
 * Follows a ledger. Its instants are given as milliseconds that look like the wall clock but run like the monotonic
 * one: the distance between the two is taken once, from the first line, so that a step of the wall clock in the
 * middle of a drill changes no figure. A file that is not there yet is empty.
 */
export const tailLedger = (path: string): LedgerTail => {
  const nextLines = createLineReader(path);
  const events: LedgerEvent[] = [];
  let acknowledged = 0;
  let wallMinusMonoMs: number | null = null;

  const eventOf = (text: string): LedgerEvent => {
    const { monoMs, startedMonoMs, servedBy, ...line } = parseLine(path, text);
    wallMinusMonoMs ??= line.atMs - monoMs;
    const clock = { atMs: monoMs + wallMinusMonoMs, startedAtMs: startedMonoMs + wallMinusMonoMs };
    return { ...line, ...clock, ...(servedBy === undefined ? {} : { servedBy }) };
  };
  return {
    read: () => {
      const fresh = nextLines().map(eventOf);
      for (const event of fresh) events.push(event);
      acknowledged += fresh.filter(({ t }) => t === LEDGER_EVENT.ack).length;
      return fresh;
    },
    all: () => events,
    acknowledged: () => acknowledged,
    onLedgerClock: ({ atMs, monoMs }) => (wallMinusMonoMs === null ? atMs : monoMs + wallMinusMonoMs),
  };
};

/** A whole ledger at once. */
export const readLedger = (path: string): readonly LedgerEvent[] => tailLedger(path).read();
