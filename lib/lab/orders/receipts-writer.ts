import { setTimeout as pause } from 'node:timers/promises';
import type { Cursor } from '../../domain/copier/cursor';
import { Side } from '../../domain/copier/cursor';
import type { ZoneId } from '../../domain/topology';
import { startDeadline } from '../../engines/deadline';
import type { CursorObject } from '../../engines/object-store/cursor-object';

export interface ReceiptsWriter {
  /** The zone whose store writes now; null = none, as far as is known. */
  current(): ZoneId | null;
  /** Something was odd with it: looks at once. */
  lookNow(): void;
  close(): Promise<void>;
}

const LOOK_TIMEOUT_MS = 300;

/** Of two that say they write, a zombie is the one that was turned to it longer ago. */
export const chooseReceiptsWriter = (words: readonly (Cursor | null)[]): ZoneId | null =>
  words
    .filter((word): word is Cursor => word?.side === Side.writer)
    .reduce<Cursor | null>((best, word) => ((best?.since ?? -1) >= word.since ? best : word), null)?.zone ??
  null;

/** Not answering is an answer here; which error it was changes nothing for the API. */
const wordOf = async (cursor: CursorObject): Promise<Cursor | null> => {
  try {
    return (await cursor.read(startDeadline(LOOK_TIMEOUT_MS))).cursor;
  } catch {
    return null;
  }
};

/** Watches all stores' cursors side by side; a dead one delays nobody. */
export const watchReceiptsWriter = (cursors: readonly CursorObject[], everyMs = 200): ReceiptsWriter => {
  const words = new Map<ZoneId, Cursor | null>();
  const closing = new AbortController();
  let waking = new AbortController();
  let writer: ZoneId | null = null;
  const watch = async (cursor: CursorObject): Promise<void> => {
    while (!closing.signal.aborted) {
      words.set(cursor.zone, await wordOf(cursor));
      writer = chooseReceiptsWriter([...words.values()]);
      const signal = AbortSignal.any([closing.signal, waking.signal]);
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const watches = cursors.map(watch);
  return {
    current: () => writer,
    lookNow: () => {
      waking.abort();
      waking = new AbortController();
    },
    close: async () => {
      closing.abort();
      await Promise.all(watches);
    },
  };
};
