import type { CopiesRecord } from '../domain/consistency/record';
import type { CopiesReport, CopiesVerdict } from '../domain/consistency/report';
import { verdictOnCopies } from '../domain/consistency/report';
import type { Store } from '../domain/topology';
import { STORE_LABEL } from '../domain/topology';

/** `evac verify --json`, one a store; keys only, never what is stored under them. */
export interface VerifiedStore {
  readonly store: Store;
  readonly verdict: CopiesVerdict;
  /** Why its contents are not compared; null: they are. */
  readonly not_compared: string | null;
  readonly execution: string;
  readonly epoch: number;
  readonly took_seconds: number;
  readonly writer: string;
  readonly copy: string;
  readonly items: number;
  readonly chunks: number;
  readonly looked_again: number;
  readonly items_looked_at: number;
  readonly differences_found: number;
  readonly differences: CopiesReport['differences'];
  readonly unknown_found: number;
  readonly unknown: CopiesReport['unknown'];
  readonly notes: readonly string[];
}

export const verifiedStore = (record: CopiesRecord): VerifiedStore => {
  const { report, execution, epoch, startedAtMs, endedAtMs } = record;
  const { store, writer, copy, items, chunks } = report;
  return {
    store,
    verdict: verdictOnCopies(report),
    not_compared: report.notCompared ?? null,
    execution,
    epoch,
    took_seconds: Math.round(endedAtMs - startedAtMs) / 1_000,
    writer,
    copy,
    items,
    chunks,
    looked_again: report.lookedAgain,
    items_looked_at: report.itemsLookedAt,
    differences_found: report.differencesFound,
    differences: report.differences,
    unknown_found: report.unknownFound,
    unknown: report.unknown,
    notes: report.notes,
  };
};

const more = (found: number, named: number): readonly string[] =>
  found > named ? [`  and ${found - named} more`] : [];

const headline = (of: VerifiedStore): string => {
  const about = `${STORE_LABEL[of.store]}: ${of.copy} against the writer ${of.writer}: ${of.verdict}`;
  const after = `${of.took_seconds.toFixed(2)} s after the start`;
  return of.not_compared === null
    ? `${about}   (${of.items} items in ${of.chunks} chunks, ${of.items_looked_at} looked at again; ${after})`
    : `${STORE_LABEL[of.store]}: not compared: ${of.not_compared}   (${of.copy} beside the writer ${of.writer}, ${of.items} partitions; ${after})`;
};

const storeLines = (of: VerifiedStore): readonly string[] => [
  headline(of),
  ...of.differences.map(
    ({ item, what, words }) => `  ${item}   ${what}${words === null ? '' : `: ${words}`}`,
  ),
  ...more(of.differences_found, of.differences.length),
  ...of.unknown.map(({ part, why }) => `  not known: ${part}: ${why}`),
  ...more(of.unknown_found, of.unknown.length),
  ...of.notes.map((note) => `  note: ${note}`),
];

export const verifyText = (stores: readonly VerifiedStore[]): string => stores.flatMap(storeLines).join('\n');
