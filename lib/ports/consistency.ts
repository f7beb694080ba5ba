import type { Chunk, ChunkDigest, ItemDigest, Reading } from '../domain/consistency/reading';
import type { CopiesReport } from '../domain/consistency/report';
import type { Sighting } from '../domain/consistency/sighting';
import type { Store, ZoneId } from '../domain/topology';

/** Two copies of one store: `copy` follows `writer`. */
export interface CopyPair {
  readonly writer: ZoneId;
  readonly copy: ZoneId;
}

/** Some chunks of a store, and how to ask for those after them; all pages together cover the store. */
export interface ChunkPage {
  readonly chunks: readonly Chunk[];
  /** Plain JSON for the next call; null = these were the last ones. */
  readonly next: unknown;
  /** What is compared in another way, or left out, and why. */
  readonly notes: readonly string[];
}

/**
 * Reads two copies of a store while it is written; an item is a row, a key, an offset, an object. Changes nothing. What one
 * side says of its data is in the answers; every method ends by its timeout and never rejects for what a server did
 * or did not say, but `chunks` does.
 */
export interface CopyReader {
  readonly store: Store;
  /** `after`: what the page before said, null for the first. @throws Unreachable, DeadlineExceeded, or the server's own error: then nothing is known of the rest. */
  chunks(pair: CopyPair, after: unknown, timeoutMs: number): Promise<ChunkPage>;
  /** One reading a chunk, in their order. */
  digests(
    zone: ZoneId,
    chunks: readonly Chunk[],
    timeoutMs: number,
  ): Promise<readonly Reading<ChunkDigest>[]>;
  /** Every item of each chunk, in their order. */
  items(
    zone: ZoneId,
    chunks: readonly Chunk[],
    timeoutMs: number,
  ): Promise<readonly Reading<readonly ItemDigest[]>[]>;
  /** Waits until the copy has all that the writer had when this was called. */
  catchUp(pair: CopyPair, timeoutMs: number): Promise<Reading<true>>;
  /** Both sides of some items, so read that what is called a difference is one. */
  look(
    pair: CopyPair,
    chunk: Chunk,
    keys: readonly string[],
    timeoutMs: number,
  ): Promise<readonly Sighting[]>;
  /** For people: `orders.orders id=17`. */
  nameOf(chunk: Chunk, key: string): string;
  close(): Promise<void>;
}

/**
 * For a store whose copies are not compared chunk by chunk: it looks at them in its own way, and what it cannot say is in its report as
 * not known. Changes nothing.
 */
export interface CopyAudit {
  readonly store: Store;
  /** A slice that ends by its timeout; `after`: the `next` of the slice before, null for the first; `next` null: this was the last. */
  audit(
    pair: CopyPair,
    after: unknown,
    timeoutMs: number,
  ): Promise<{ readonly report: CopiesReport; readonly next: unknown }>;
  close(): Promise<void>;
}
