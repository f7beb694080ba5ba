import type { Damaged, Unread } from './reading';

export const DifferenceKind = {
  missing: 'missing at the standby',
  extra: 'only at the standby',
  different: 'different',
  unreadableCopy: 'unreadable at the standby',
  unreadableWriter: 'unreadable at the writer',
} as const;
export type DifferenceKind = (typeof DifferenceKind)[keyof typeof DifferenceKind];

/** A version never comes back once it was replaced. */
interface Present {
  readonly state: 'present';
  readonly digest: string;
  readonly version: string;
}

/** One item as one side shows it at one instant. */
export type ItemState = Present | { readonly state: 'absent' } | Damaged | Unread;

/** What a look at one item came to. `open`: it was changed while it was looked at, or could not be read; look again. */
export type Judgement =
  | { readonly is: 'equal' }
  | { readonly is: 'open'; readonly words: string | null }
  | { readonly is: 'difference'; readonly what: DifferenceKind; readonly words: string | null };

export interface Sighting {
  readonly key: string;
  readonly judgement: Judgement;
}

const EQUAL: Judgement = { is: 'equal' };
const difference = (what: DifferenceKind, words: string | null = null): Judgement => ({
  is: 'difference',
  what,
  words,
});

const isPresent = (side: ItemState): side is Present => side.state === 'present';
const isUnread = (side: ItemState): side is Unread => side.state === 'unknown';

const sameVersion = (one: ItemState, other: ItemState): boolean =>
  isPresent(one) && isPresent(other) && one.version === other.version;

/** Both sides at one and the same instant of the item's history. */
const compared = (writer: ItemState, copy: ItemState): Judgement => {
  if (writer.state === 'damaged') return difference(DifferenceKind.unreadableWriter, writer.words);
  if (copy.state === 'damaged') return difference(DifferenceKind.unreadableCopy, copy.words);
  if (isPresent(writer) && isPresent(copy))
    return writer.digest === copy.digest ? EQUAL : difference(DifferenceKind.different);
  if (isPresent(writer)) return difference(DifferenceKind.missing);
  return isPresent(copy) ? difference(DifferenceKind.extra) : EQUAL;
};

/**
 * Both sides read at about the same time: one state on both is no difference, whatever happened in between. What is written all the
 * time is settled so; nothing else can be concluded from it.
 */
export const isAlike = (writer: ItemState, copy: ItemState): boolean =>
  isPresent(writer)
    ? isPresent(copy) && sameVersion(writer, copy) && writer.digest === copy.digest
    : writer.state === 'absent' && copy.state === 'absent';

/** The writer's side was seen not to change from before the copy had caught up until after the copy was read. */
export const judgeHeld = (writer: ItemState, copy: ItemState): Judgement =>
  unreadOf([writer, copy]) ?? compared(writer, copy);

/**
 * In the order they were taken. Before each of the copy's, it had caught up with the writer's look before; before the writer's
 * second, all that the copy's first may have shown was visible there, too: a synchronous standby shows a commit first.
 */
export interface Looks {
  readonly writer: readonly [ItemState, ItemState];
  readonly copy: readonly [ItemState, ItemState];
}

const unreadOf = (sides: readonly ItemState[]): Judgement | null => {
  const unread = sides.find(isUnread);
  return unread === undefined ? null : { is: 'open', words: unread.words };
};

const bothAre = (state: ItemState['state'], [one, other]: readonly [ItemState, ItemState]): boolean =>
  one.state === state && other.state === state;

/**
 * What two looks at each side prove, taken in turn: writer, copy, writer, copy.
 * - One version seen at both sides: their contents must be equal, whenever each was read.
 * - The writer's version stood still around the copy's first look: the copy must have shown it.
 * - The copy's version stood still around the writer's second look: the writer must have shown it there.
 * Nothing else is proof: a row that was written meanwhile is looked at again.
 */
export function judgeLooks({ writer, copy }: Looks): Judgement {
  const unread = unreadOf([...writer, ...copy]);
  if (unread !== null) return unread;
  if (bothAre('damaged', writer) || bothAre('damaged', copy)) return compared(writer[1], copy[1]);
  const damaged = [...writer, ...copy].find((side) => side.state === 'damaged');
  if (damaged !== undefined) return { is: 'open', words: damaged.words };
  const pairs = writer.flatMap((one) => copy.map((other) => [one, other] as const));
  const same = pairs.filter(([one, other]) => sameVersion(one, other));
  if (same.length > 0) return same.map(([one, other]) => compared(one, other)).reduce(gravest);
  if (sameVersion(...writer)) return compared(writer[1], copy[0]);
  if (sameVersion(...copy)) return compared(writer[1], copy[1]);
  return bothAre('absent', [writer[1], copy[1]]) ? EQUAL : { is: 'open', words: null };
}

const gravest = (one: Judgement, other: Judgement): Judgement => (one.is === 'difference' ? one : other);
