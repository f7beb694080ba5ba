import type { ChunkDigest, Damaged, ItemDigest, Reading, Unread } from './reading';
import type { Judgement, Sighting } from './sighting';
import { DifferenceKind } from './sighting';

/** What the first look at both sides of a chunk says; `again`: only the next look, after the copy has caught up, can tell. */
export type FirstLook = { readonly is: 'equal' } | { readonly is: 'again' } | Unanswered;

interface Unanswered {
  readonly is: 'unknown';
  readonly words: string;
}

const isUnread = (side: Reading<unknown>): side is Unread => side.state === 'unknown';
const isDamaged = (side: Reading<unknown>): side is Damaged => side.state === 'damaged';

const unansweredOf = (
  writer: Reading<unknown>,
  copy: Reading<unknown>,
): (Unanswered & { readonly keys: [] }) | null => {
  if (isUnread(writer)) return { is: 'unknown', words: `the writer: ${writer.words}`, keys: [] };
  return isUnread(copy) ? { is: 'unknown', words: `the standby: ${copy.words}`, keys: [] } : null;
};

export function firstLook(writer: Reading<ChunkDigest>, copy: Reading<ChunkDigest>): FirstLook {
  const unanswered = unansweredOf(writer, copy);
  if (unanswered !== null) return { is: 'unknown', words: unanswered.words };
  if (writer.state !== 'read' || copy.state !== 'read') return { is: 'again' };
  const { count, hash } = writer.value;
  return count === copy.value.count && hash === copy.value.hash ? { is: 'equal' } : { is: 'again' };
}

/**
 * The items of a chunk that may differ, by the two lists of the second look.
 * `damage`: a side could not list its items; said of the whole chunk when none of its items turns out to be the reason.
 */
export type Suspects =
  | { readonly is: 'listed'; readonly keys: readonly string[]; readonly damage: DamagedPart | null }
  | (Unanswered & { readonly keys: readonly [] });

interface DamagedPart {
  readonly what: DifferenceKind;
  readonly words: string;
}

const damageOf = (
  writer: Reading<readonly ItemDigest[]>,
  copy: Reading<readonly ItemDigest[]>,
): DamagedPart | null => {
  if (isDamaged(writer)) return { what: DifferenceKind.unreadableWriter, words: writer.words };
  return isDamaged(copy) ? { what: DifferenceKind.unreadableCopy, words: copy.words } : null;
};

const listOf = (side: Reading<readonly ItemDigest[]>): readonly ItemDigest[] =>
  side.state === 'read' ? side.value : [];

/** A side that cannot list its items leaves all of the other's as suspects. */
export function suspectsOf(
  writer: Reading<readonly ItemDigest[]>,
  copy: Reading<readonly ItemDigest[]>,
): Suspects {
  const unanswered = unansweredOf(writer, copy);
  if (unanswered !== null) return unanswered;
  const atCopy = new Map(listOf(copy).map(({ key, digest }) => [key, digest]));
  const keys: string[] = [];
  for (const { key, digest } of listOf(writer)) {
    if (atCopy.get(key) !== digest) keys.push(key);
    atCopy.delete(key);
  }
  return { is: 'listed', keys: [...keys, ...atCopy.keys()], damage: damageOf(writer, copy) };
}

/** An item that is really different, and how. */
export interface FoundItem {
  readonly key: string;
  readonly what: DifferenceKind;
  readonly words: string | null;
}

/** What a round of looks left: what is proven, and what has to be looked at once more. */
export interface Round {
  readonly found: readonly FoundItem[];
  readonly open: readonly { readonly key: string; readonly words: string | null }[];
}

const isOpen = (judgement: Judgement): judgement is Extract<Judgement, { is: 'open' }> =>
  judgement.is === 'open';

export const roundOf = (sightings: readonly Sighting[]): Round => ({
  found: sightings.flatMap(({ key, judgement }) =>
    judgement.is === 'difference' ? [{ key, what: judgement.what, words: judgement.words }] : [],
  ),
  open: sightings.flatMap(({ key, judgement }) =>
    isOpen(judgement) ? [{ key, words: judgement.words }] : [],
  ),
});
