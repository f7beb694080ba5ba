import { z } from 'zod';
import type { Chunk } from '../../../domain/consistency/reading';
import { ownPrefix } from '../../../domain/copier/version';
import type { ChunkPage, CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import type { VersionPage } from '../list-versions';
import type { ZoneStores } from './zone-stores';

export interface KeysPlace {
  readonly keys: readonly string[];
}

export const placeOf = (chunk: Chunk): KeysPlace => chunk.place as KeysPlace;

/** The last key of the page before. */
const cursorSchema = z.string().nullable();

const NOTES = [
  "the newest version of each object, its bytes, type and metadata read on both sides; older versions and Evac's own keys are not",
];

/** As stores list: by the bytes of their UTF-8, which is not the order of JavaScript's strings. */
const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

const keysOf = ({ versions }: VersionPage): readonly string[] => versions.map(({ key }) => key);

/** Up to which key both pages are whole; null: to the end. */
const boundOf = (pages: readonly VersionPage[]): string | null =>
  pages
    .filter(({ next }) => next !== null)
    .flatMap((page) => keysOf(page).slice(-1))
    .toSorted(byBytes)[0] ?? null;

const inChunks = (keys: readonly string[], itemsAtMost: number): readonly Chunk[] =>
  Array.from({ length: Math.ceil(keys.length / itemsAtMost) }, (_, index) => {
    const some = keys.slice(index * itemsAtMost, (index + 1) * itemsAtMost);
    return { name: `${some.length} objects`, place: { keys: some } };
  });

/** The next keys that either side has. */
export async function readObjectsPage(
  stores: ZoneStores,
  { writer, copy }: CopyPair,
  after: unknown,
  { itemsAtMost, deadline }: { readonly itemsAtMost: number; readonly deadline: Deadline },
): Promise<ChunkPage> {
  const key = cursorSchema.parse(after ?? null);
  const from = { after: key === null ? null : { key } };
  const pages = await Promise.all([writer, copy].map((zone) => stores.at(zone).bucket.list(from, deadline)));
  const bound = boundOf(pages);
  const isWithin = (each: string): boolean => bound === null || byBytes(each, bound) <= 0;
  const keys = [...new Set(pages.flatMap(keysOf))]
    .filter((each) => isWithin(each) && !each.startsWith(ownPrefix))
    .toSorted(byBytes);
  return { chunks: inChunks(keys, itemsAtMost), next: bound, notes: NOTES };
}
