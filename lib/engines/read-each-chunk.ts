import { DeadlineExceeded, Unreachable } from '../domain/errors';
import type { Chunk, Reading, Unread } from '../domain/consistency/reading';

export const unreadOf = (cause: unknown): Unread => ({
  state: 'unknown',
  words: cause instanceof Error ? cause.message : String(cause),
});

/** One reading a chunk, in their order. A silent server is asked once, not for every chunk: the others are as unknown. */
export async function readEachChunk<T>(
  chunks: readonly Chunk[],
  read: (chunk: Chunk) => Promise<T>,
): Promise<readonly Reading<T>[]> {
  const readings: Reading<T>[] = [];
  for (const chunk of chunks) {
    try {
      readings.push({ state: 'read', value: await read(chunk) });
    } catch (cause) {
      const unread = unreadOf(cause);
      if (cause instanceof DeadlineExceeded || cause instanceof Unreachable)
        return chunks.map((_, index) => readings[index] ?? unread);
      readings.push(unread);
    }
  }
  return readings;
}
