import type { ChunkResult, CopiesReport } from '../../lib/domain/consistency/report';
import {
  addChunk,
  addNotes,
  addUnknown,
  emptyReport,
  NAMED_AT_MOST,
} from '../../lib/domain/consistency/report';
import type { ChunkPage } from '../../lib/ports/consistency';
import { compareChunks } from './compare-chunks';
import type { Comparison } from './comparison';
import { requestMs } from './comparison';

export interface StoreSlice {
  readonly report: CopiesReport;
  /** Where the next slice begins; null = nothing is left. */
  readonly next: unknown;
}

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Null with the reason: which chunks there are could not be asked, so nothing is known of any of them. */
const readPage = async (
  comparison: Comparison,
  after: unknown,
): Promise<{ readonly page: ChunkPage } | { readonly why: string }> => {
  const { reader, pair } = comparison;
  try {
    return { page: await reader.chunks(pair, after, requestMs(comparison)) };
  } catch (cause) {
    return { why: sentenceOf(cause) };
  }
};

/** A side that says nothing of a whole page would say nothing of the next one, each after its time-out. */
const isSilent = (results: readonly ChunkResult[]): boolean =>
  results.length > 0 && results.every(({ unknown, wasLookedAgain }) => unknown !== null && !wasLookedAgain);

const restUnknown = (report: CopiesReport, why: string): StoreSlice => ({
  report: addUnknown(report, { part: 'everything after that', why }),
  next: null,
});

/**
 * Compares page after page until all is compared or no page may be begun any more.
 * @param from where the slice before ended; null = the beginning
 */
export async function compareStore(comparison: Comparison, from: unknown): Promise<StoreSlice> {
  const { reader, pair, clock, limits } = comparison;
  let report = emptyReport({ store: reader.store, ...pair });
  let after = from;
  do {
    const read = await readPage(comparison, after);
    if ('why' in read) return restUnknown(report, read.why);
    const { chunks, next, notes } = read.page;
    const results = await compareChunks(comparison, chunks);
    report = addNotes(results.reduce(addChunk, report), notes);
    after = next;
    if (after !== null && isSilent(results)) return restUnknown(report, 'a side did not answer');
    if (report.differencesFound >= NAMED_AT_MOST && after !== null)
      return restUnknown(report, `${report.differencesFound} differences are enough`);
  } while (after !== null && clock.monotonicMs() < limits.lastBeginMs);
  return { report, next: after };
}
