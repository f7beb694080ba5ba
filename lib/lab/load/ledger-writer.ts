import type { LedgerEvent } from '../../domain/report/ledger-event';
import type { Instant } from './instant';
import type { LineFile } from './line-file';
import { createLineFile } from './line-file';

/** One line of the file: the event, and its two instants on the clock that never steps. */
export type LedgerLine = LedgerEvent & Pick<Instant, 'monoMs'> & { readonly startedMonoMs: number };

export type LedgerWriter = Pick<LineFile<LedgerLine>, 'write' | 'close'>;

/** A crash of the generator loses at most this much of what it saw. */
const FLUSH_EVERY_MS = 25;

/** Appends to the ledger, and flushes it often. */
export const createLedgerWriter = (path: string): LedgerWriter => {
  const { write, flush, close } = createLineFile<LedgerLine>(path);
  const timer = setInterval(flush, FLUSH_EVERY_MS);
  return {
    write,
    close: () => {
      clearInterval(timer);
      close();
    },
  };
};
