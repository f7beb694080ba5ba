import { Refused } from '../errors';
import type { Store, ZoneId } from '../topology';
import type { CopiesRecord } from './record';
import { CopiesVerdict, verdictOnCopies } from './report';
import { DifferenceKind } from './sighting';

/** What is done to one difference. */
export interface RepairedItem {
  readonly item: string;
  readonly what: DifferenceKind;
  readonly done: string;
}

/** One store's copy, made anew from its writer. */
export interface Repair {
  readonly store: Store;
  readonly writer: ZoneId;
  readonly copy: ZoneId;
  /** The execution of the comparison that found it. */
  readonly comparison: string;
  /** All of them; `items` names the first. */
  readonly differences: number;
  readonly items: readonly RepairedItem[];
  /** Parts of which the comparison could not say whether they are equal: they are made anew with the rest. */
  readonly unknown: number;
}

const DONE: Readonly<Record<DifferenceKind, string>> = {
  [DifferenceKind.missing]: "comes with the writer's",
  [DifferenceKind.extra]: 'goes; it is in what is kept',
  [DifferenceKind.different]: "the writer's takes its place; the copy's is in what is kept",
  [DifferenceKind.unreadableCopy]: "comes with the writer's; what cannot be read is in what is kept",
  // Never carried out: see planRepair.
  [DifferenceKind.unreadableWriter]: 'is not repaired',
};

/** The writer is the truth only while it can read what it has. */
const refuseDamagedWriter = ({ report, execution }: CopiesRecord): void => {
  const damaged = report.differences.find(({ what }) => what === DifferenceKind.unreadableWriter);
  if (damaged === undefined) return;
  throw new Refused(
    'writer-damaged',
    `${report.writer} writes ${report.store} and cannot read ${damaged.item}${damaged.words === null ? '' : ` (${damaged.words})`}: ` +
      `the copy in ${report.copy} may be the only good one, and is left as it is. Nothing was changed. ` +
      'A person who knows the data has to decide (docs/runbooks.md#copies-differ)',
    { store: report.store, item: damaged.item, execution },
  );
};

/**
 * What would be done about what a comparison found; null: nothing, it found no difference.
 * @throws Refused `writer-damaged`
 */
export function planRepair(record: CopiesRecord): Repair | null {
  const { report, execution } = record;
  if (verdictOnCopies(report) !== CopiesVerdict.different) return null;
  refuseDamagedWriter(record);
  const { store, writer, copy, differences, differencesFound, unknownFound } = report;
  return {
    store,
    writer,
    copy,
    comparison: execution,
    differences: differencesFound,
    items: differences.map(({ item, what }) => ({ item, what, done: DONE[what] })),
    unknown: unknownFound,
  };
}

interface Founded {
  readonly store: Store;
  readonly from: ZoneId;
  readonly to: ZoneId;
  /** The execution that is said to have found the difference. */
  readonly comparison: string;
}

/**
 * A copy is given up only for what the newest comparison of these two zones found.
 * @throws Refused `copies-not-different`, `writer-damaged`
 */
export function requireFounded(newest: CopiesRecord | null, { store, from, to, comparison }: Founded): void {
  const isIt =
    newest !== null &&
    newest.execution === comparison &&
    newest.report.writer === from &&
    newest.report.copy === to &&
    planRepair(newest) !== null;
  if (isIt) return;
  throw new Refused(
    'copies-not-different',
    `${comparison} is not the newest comparison of ${store} that found ${to} to differ from its writer ${from}; ` +
      'nothing was changed. Compare again with evac verify',
    { store, comparison, newest: newest?.execution ?? null },
  );
}
