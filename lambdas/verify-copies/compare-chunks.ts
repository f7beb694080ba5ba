import type { FirstLook } from '../../lib/domain/consistency/narrow';
import { firstLook, suspectsOf } from '../../lib/domain/consistency/narrow';
import type { Chunk, ChunkDigest, ItemDigest, Reading } from '../../lib/domain/consistency/reading';
import type { ChunkResult, Difference } from '../../lib/domain/consistency/report';
import type { Comparison } from './comparison';
import { requestMs } from './comparison';
import { lookAtItems } from './look-at-items';

const nothingSaid = { state: 'unknown', words: 'no answer for this chunk' } as const;

interface First {
  readonly chunk: Chunk;
  /** At the writer. */
  readonly items: number | null;
  readonly look: FirstLook;
}

/** Both sides at once, so that little is written between the two. */
const lookFirst = async (comparison: Comparison, chunks: readonly Chunk[]): Promise<readonly First[]> => {
  const { reader, pair } = comparison;
  const timeoutMs = requestMs(comparison);
  const [atWriter, atCopy] = await Promise.all([
    reader.digests(pair.writer, chunks, timeoutMs),
    reader.digests(pair.copy, chunks, timeoutMs),
  ]);
  return chunks.map((chunk, index) => {
    const writer: Reading<ChunkDigest> = atWriter[index] ?? nothingSaid;
    const items = writer.state === 'read' ? writer.value.count : null;
    return { chunk, items, look: firstLook(writer, atCopy[index] ?? nothingSaid) };
  });
};

const resultOf = ({ chunk, items, look }: First): ChunkResult => ({
  items,
  wasLookedAgain: look.is === 'again',
  itemsLookedAt: 0,
  differences: [],
  unknown: look.is === 'unknown' ? { part: chunk.name, why: look.words } : null,
});

const isUnknown = (first: First, why: string): ChunkResult => ({
  ...resultOf(first),
  unknown: { part: first.chunk.name, why },
});

type Lists = readonly [writer: Reading<readonly ItemDigest[]>, copy: Reading<readonly ItemDigest[]>];

/** The items of a chunk that differ in the second look, each looked at until it is proven. */
const settle = async (comparison: Comparison, first: First, [writer, copy]: Lists): Promise<ChunkResult> => {
  const { chunk } = first;
  const suspects = suspectsOf(writer, copy);
  if (suspects.is === 'unknown') return isUnknown(first, suspects.words);
  const { found, lookedAt, unsettled } = await lookAtItems(comparison, chunk, suspects.keys);
  const items: readonly Difference[] = found.map(({ key, what, words }) => ({
    item: comparison.reader.nameOf(chunk, key),
    what,
    words,
  }));
  // It cannot be read as a whole, and every item of it can by itself: the chunk is what is named.
  const whole =
    suspects.damage !== null && items.length === 0 ? [{ item: chunk.name, ...suspects.damage }] : [];
  return {
    ...resultOf(first),
    itemsLookedAt: lookedAt,
    differences: [...items, ...whole],
    unknown: unsettled === null ? null : { part: chunk.name, why: unsettled },
  };
};

/** Only after the copy has what the writer had at the first look. */
const lookAgain = async (
  comparison: Comparison,
  firsts: readonly First[],
): Promise<readonly ChunkResult[]> => {
  const { reader, pair } = comparison;
  const caughtUp = await reader.catchUp(pair, requestMs(comparison));
  if (caughtUp.state !== 'read') return firsts.map((first) => isUnknown(first, caughtUp.words));
  const chunks = firsts.map(({ chunk }) => chunk);
  const timeoutMs = requestMs(comparison);
  const [atWriter, atCopy] = await Promise.all([
    reader.items(pair.writer, chunks, timeoutMs),
    reader.items(pair.copy, chunks, timeoutMs),
  ]);
  const results: ChunkResult[] = [];
  for (const [index, first] of firsts.entries())
    results.push(
      await settle(comparison, first, [atWriter[index] ?? nothingSaid, atCopy[index] ?? nothingSaid]),
    );
  return results;
};

/** Compares some chunks; what was not equal is looked at again, item by item, and named only when it is proven. */
export async function compareChunks(
  comparison: Comparison,
  chunks: readonly Chunk[],
): Promise<readonly ChunkResult[]> {
  const firsts = await lookFirst(comparison, chunks);
  const again = firsts.filter(({ look }) => look.is === 'again');
  const rest = firsts.filter(({ look }) => look.is !== 'again').map(resultOf);
  return again.length === 0 ? rest : [...rest, ...(await lookAgain(comparison, again))];
}
