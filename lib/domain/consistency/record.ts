import { Refused } from '../errors';
import type { Store, ZoneId } from '../topology';
import type { CopiesReport } from './report';
import { CopiesVerdict, sentenceOn, verdictOnCopies } from './report';

/** One comparison of a store's two copies, on record. */
export interface CopiesRecord {
  /** The seat's when it began. */
  readonly epoch: number;
  /** Name of the execution. */
  readonly execution: string;
  /** State store's time, ms since 1970. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly report: CopiesReport;
}

/** From the gravest on. What is not compared by its nature says nothing beside what is. */
const BY_GRAVITY = [
  CopiesVerdict.different,
  CopiesVerdict.unknown,
  CopiesVerdict.equal,
  CopiesVerdict.notCompared,
] as const;

/** The gravest of several: one difference is a difference. Of none at all nothing is known. */
export const gravestVerdict = (verdicts: readonly CopiesVerdict[]): CopiesVerdict =>
  BY_GRAVITY.find((verdict) => verdicts.includes(verdict)) ?? CopiesVerdict.unknown;

interface Move {
  readonly from: ZoneId;
  readonly to: ZoneId;
}

const isOf = ({ report }: CopiesRecord, { from, to }: Move): boolean =>
  report.writer === from && report.copy === to;

/**
 * A planned move makes the standby the truth: it is not begun while the newest comparison of it on record found differences.
 * What is not known forbids nothing here; a record of another pair of zones, or of the other direction, says nothing.
 * @throws Refused `copies-differ`
 */
export function refuseDifferentCopies(newest: readonly (CopiesRecord | null)[], move: Move): void {
  const different = newest.filter(
    (record): record is CopiesRecord =>
      record !== null && isOf(record, move) && verdictOnCopies(record.report) === CopiesVerdict.different,
  );
  const [first] = different;
  if (first === undefined) return;
  throw new Refused(
    'copies-differ',
    `${move.to} does not hold what ${move.from} holds; a planned move would make that the truth. ` +
      `${different.map(({ report }) => sentenceOn(report)).join('; ')}. Nothing was changed. ` +
      'Rebuild that copy (docs/runbooks.md#copies-differ), compare again with evac verify, then move',
    { store: first.report.store, differences: first.report.differencesFound, execution: first.execution },
  );
}

interface Proof extends Move {
  readonly stores: readonly Store[];
  /** A comparison that ended before proves nothing of now. State store's time, ms since 1970. */
  readonly sinceMs: number;
}

/**
 * For who asks for a proof of each planned move: the newest comparison of every store found both copies equal, lately.
 * @throws Refused `copies-not-compared`
 */
export function refuseUnprovenCopies(newest: readonly (CopiesRecord | null)[], proof: Proof): void {
  const proves = (record: CopiesRecord | null, store: Store): boolean =>
    record !== null &&
    record.report.store === store &&
    isOf(record, proof) &&
    record.endedAtMs >= proof.sinceMs &&
    verdictOnCopies(record.report) === CopiesVerdict.equal;
  const unproven = proof.stores.filter((store) => !newest.some((record) => proves(record, store)));
  if (unproven.length === 0) return;
  throw new Refused(
    'copies-not-compared',
    `that ${proof.to} holds what ${proof.from} holds was not proven lately for ${unproven.join(', ')}, and this deployment ` +
      'asks for it (verify.beforePlanned: required). Nothing was changed. Compare with evac verify, then move',
    { stores: unproven.join(', ') },
  );
}
