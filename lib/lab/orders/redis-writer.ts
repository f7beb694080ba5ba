import { setTimeout as pause } from 'node:timers/promises';
import { startDeadline } from '../../engines/deadline';
import type { Connection } from '../../engines/redis/replica/connection';
import type { FenceRow } from '../../engines/redis/replica/fence-row';
import { asFenceRow, readFenceRow } from '../../engines/redis/replica/fence-row';
import type { RedisAccess, RedisServerAddress } from './redis-access';
import { openRedis } from './redis-access';

export interface RedisWriter {
  /** The server that writes now; null = none does, as far as is known. */
  current(): RedisServerAddress | null;
  /** Something was odd with it: looks at once. */
  lookNow(): void;
  /** Calls with every new writer (or null); answers how to stop that. */
  onChange(listener: (writer: RedisServerAddress | null) => void): () => void;
  close(): Promise<void>;
}

const LOOK_TIMEOUT_MS = 300;

/** A server's own word on who writes; null while it does not answer. */
interface Word {
  readonly at: RedisServerAddress;
  readonly row: FenceRow | null;
}

/**
 * A replica's row is a copy that names the primary's zone, so a writer is a server whose row names its own. Of two, a zombie is
 * the one whose timeline is the older.
 */
export const chooseRedisWriter = (words: readonly Word[]): RedisServerAddress | null =>
  words
    .filter(({ at, row }) => row?.zone === at.zone)
    .reduce<Word | null>(
      (best, word) => ((best?.row?.timeline ?? -1) >= (word.row?.timeline ?? -1) ? best : word),
      null,
    )?.at ?? null;

/** Asks one server again and again, on one session; what it says goes to `told`. */
const watchServer = (
  access: RedisAccess,
  at: RedisServerAddress,
  { everyMs, told }: { readonly everyMs: number; readonly told: (row: FenceRow | null) => void },
) => {
  let session: Connection | null = null;
  let isClosed = false;
  let wake = new AbortController();
  const look = async (): Promise<FenceRow | null> => {
    const deadline = startDeadline(LOOK_TIMEOUT_MS);
    session ??= await openRedis(access, at, deadline);
    return asFenceRow(await session.run(readFenceRow, deadline));
  };
  const lookSafely = async (): Promise<FenceRow | null> => {
    try {
      return await look();
    } catch {
      // Not answering is an answer here; which error it was changes nothing for the API.
      session?.close();
      session = null;
      return null;
    }
  };
  const loop = async (): Promise<void> => {
    while (!isClosed) {
      told(await lookSafely());
      await pause(everyMs, undefined, { signal: wake.signal }).catch(() => undefined);
      if (wake.signal.aborted) wake = new AbortController();
    }
    session?.close();
  };
  const ended = loop();
  return {
    lookNow: () => wake.abort(),
    close: async () => {
      isClosed = true;
      wake.abort();
      await ended;
    },
  };
};

/** Watches all servers side by side; a dead one delays nobody. */
export const watchRedisWriter = (access: RedisAccess, everyMs = 50): RedisWriter => {
  const words = new Map<string, FenceRow | null>();
  const listeners = new Set<(writer: RedisServerAddress | null) => void>();
  let writer: RedisServerAddress | null = null;
  const judge = (): void => {
    const chosen = chooseRedisWriter(access.servers.map((at) => ({ at, row: words.get(at.zone) ?? null })));
    if (chosen === writer) return;
    writer = chosen;
    for (const listener of [...listeners]) listener(writer);
  };
  const watches = access.servers.map((at) =>
    watchServer(access, at, {
      everyMs,
      told: (row) => {
        words.set(at.zone, row);
        judge();
      },
    }),
  );
  return {
    current: () => writer,
    lookNow: () => {
      for (const watch of watches) watch.lookNow();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await Promise.all(watches.map((watch) => watch.close()));
    },
  };
};
