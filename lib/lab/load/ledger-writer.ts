import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { LedgerEvent } from '../../domain/report/ledger-event';
import type { Instant } from './instant';

/** One line of the file: the event, and its two instants on the clock that never steps. */
export type LedgerLine = LedgerEvent & Pick<Instant, 'monoMs'> & { readonly startedMonoMs: number };

export interface LedgerWriter {
  write(line: LedgerLine): void;
  /** Writes what is left, asks for it to be on disk, and closes the file. */
  close(): void;
}

/** A crash of the generator loses at most this much of what it saw. */
const FLUSH_EVERY_MS = 25;

/** Appends to the ledger; lines are written in the order of their events, whole lines at a time. */
export const createLedgerWriter = (path: string): LedgerWriter => {
  const file = openSync(path, 'a');
  let pending: string[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    const text = pending.join('');
    pending = [];
    writeSync(file, text);
  };
  const timer = setInterval(flush, FLUSH_EVERY_MS);
  return {
    write: (line) => {
      pending.push(`${JSON.stringify(line)}\n`);
    },
    close: () => {
      clearInterval(timer);
      flush();
      fsyncSync(file);
      closeSync(file);
    },
  };
};
