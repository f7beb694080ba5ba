import type { Store, ZoneId } from '../topology';
import type { DifferenceKind } from './sighting';

export interface Difference {
  /** A row by its table and key, a key, an offset, an object; a whole chunk when no item of it can be named. */
  readonly item: string;
  readonly what: DifferenceKind;
  /** The server's own; null where the contents differ. */
  readonly words: string | null;
}

/** Something of which it cannot be said whether it is equal. */
export interface UnknownPart {
  readonly part: string;
  readonly why: string;
}

/** What came out of one chunk. */
export interface ChunkResult {
  /** At the writer, by its first look; null when it could not be read. */
  readonly items: number | null;
  readonly wasLookedAgain: boolean;
  /** Items that were read one by one. */
  readonly itemsLookedAt: number;
  readonly differences: readonly Difference[];
  readonly unknown: UnknownPart | null;
}

export const CopiesVerdict = {
  equal: 'equal',
  different: 'different',
  unknown: 'unknown',
  /** By the store's nature; what could be looked at instead is in the notes. */
  notCompared: 'not-compared',
} as const;
export type CopiesVerdict = (typeof CopiesVerdict)[keyof typeof CopiesVerdict];

/** One store's two copies compared, or a slice of that. */
export interface CopiesReport {
  readonly store: Store;
  readonly writer: ZoneId;
  readonly copy: ZoneId;
  readonly items: number;
  readonly chunks: number;
  readonly digestsCompared: number;
  readonly lookedAgain: number;
  readonly itemsLookedAt: number;
  /** The first ones by name; `differencesFound` counts all. */
  readonly differences: readonly Difference[];
  readonly differencesFound: number;
  readonly unknown: readonly UnknownPart[];
  readonly unknownFound: number;
  /** What was compared in another way, or is by its nature on one side only. */
  readonly notes: readonly string[];
  /** Why the contents are not compared at all. */
  readonly notCompared?: string;
}

/** More are counted and not named: a person looks at the first, a machine at none. */
export const NAMED_AT_MOST = 100;

export const emptyReport = (of: Pick<CopiesReport, 'store' | 'writer' | 'copy'>): CopiesReport => ({
  ...of,
  items: 0,
  chunks: 0,
  digestsCompared: 0,
  lookedAgain: 0,
  itemsLookedAt: 0,
  differences: [],
  differencesFound: 0,
  unknown: [],
  unknownFound: 0,
  notes: [],
});

const first = <T>(one: readonly T[], other: readonly T[]): readonly T[] =>
  [...one, ...other].slice(0, NAMED_AT_MOST);

/** Of one store and one pair of zones: the sums, and the first of what is named. */
export const mergeReports = (one: CopiesReport, other: CopiesReport): CopiesReport => ({
  ...other,
  ...one,
  items: one.items + other.items,
  chunks: one.chunks + other.chunks,
  digestsCompared: one.digestsCompared + other.digestsCompared,
  lookedAgain: one.lookedAgain + other.lookedAgain,
  itemsLookedAt: one.itemsLookedAt + other.itemsLookedAt,
  differences: first(one.differences, other.differences),
  differencesFound: one.differencesFound + other.differencesFound,
  unknown: first(one.unknown, other.unknown),
  unknownFound: one.unknownFound + other.unknownFound,
  notes: [...new Set([...one.notes, ...other.notes])].slice(0, NAMED_AT_MOST),
});

/** A key may be of any length; a report travels between the slices of an execution (256 KiB, AWS Step Functions quotas). */
const NAME_LENGTH = 200;
const clipped = (text: string): string =>
  text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH)}…` : text;
const clippedDifference = ({ item, what, words }: Difference): Difference => ({
  item: clipped(item),
  what,
  words: words === null ? null : clipped(words),
});
const clippedPart = ({ part, why }: UnknownPart): UnknownPart => ({ part: clipped(part), why: clipped(why) });

const fromChunk = (report: CopiesReport, chunk: ChunkResult): CopiesReport => ({
  ...emptyReport(report),
  items: chunk.items ?? 0,
  chunks: 1,
  digestsCompared: chunk.items === null ? 0 : 1,
  lookedAgain: chunk.wasLookedAgain ? 1 : 0,
  itemsLookedAt: chunk.itemsLookedAt,
  differences: chunk.differences.slice(0, NAMED_AT_MOST).map(clippedDifference),
  differencesFound: chunk.differences.length,
  unknown: chunk.unknown === null ? [] : [clippedPart(chunk.unknown)],
  unknownFound: chunk.unknown === null ? 0 : 1,
});

export const addChunk = (report: CopiesReport, chunk: ChunkResult): CopiesReport =>
  mergeReports(report, fromChunk(report, chunk));

export const addUnknown = (report: CopiesReport, part: UnknownPart): CopiesReport =>
  mergeReports(report, { ...emptyReport(report), unknown: [clippedPart(part)], unknownFound: 1 });

export const addNotes = (report: CopiesReport, notes: readonly string[]): CopiesReport =>
  mergeReports(report, { ...emptyReport(report), notes: notes.map(clipped) });

/** A difference is one, whatever else could not be read; equal is only what was read whole. */
export function verdictOnCopies({
  differencesFound,
  unknownFound,
  notCompared,
}: CopiesReport): CopiesVerdict {
  if (differencesFound > 0) return CopiesVerdict.different;
  if (unknownFound > 0) return CopiesVerdict.unknown;
  return notCompared === undefined ? CopiesVerdict.equal : CopiesVerdict.notCompared;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The whole finding in one sentence, with its numbers and the first of what is named. */
export function sentenceOn(report: CopiesReport): string {
  const { store, writer, copy, items, differences, differencesFound, unknown, unknownFound } = report;
  const left = report.notCompared === undefined ? [] : [`not compared: ${report.notCompared}`];
  const about = `${store}: ${copy} against the writer ${writer}, ${counted(items, 'item')}`;
  const found =
    differencesFound === 0
      ? []
      : [
          `${counted(differencesFound, 'difference')}, e.g. ${differences[0]?.item} (${differences[0]?.what})`,
        ];
  const open =
    unknownFound === 0
      ? []
      : [`${counted(unknownFound, 'part')} not known, e.g. ${unknown[0]?.part} (${unknown[0]?.why})`];
  const parts = [...left, ...found, ...open];
  return `${about}: ${parts.length === 0 ? 'equal' : parts.join('; ')}`;
}
