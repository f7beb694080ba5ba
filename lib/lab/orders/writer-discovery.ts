import type { DatabaseAccess, DatabaseHost } from './database-access';
import type { HostState, HostWatch } from './host-watch';
import { HOST_ROLE, createHostWatch } from './host-watch';

export interface WriterDiscovery {
  /** The host that is read-write now; null = none is, as far as is known. */
  writer(): DatabaseHost | null;
  /** Resolves as soon as there is a writer, or with null after `timeoutMs`. */
  waitForWriter(timeoutMs: number): Promise<DatabaseHost | null>;
  states(): readonly HostState[];
  watchOf(at: DatabaseHost): HostWatch | undefined;
  /** Calls with every new writer (or null); answers how to stop that. */
  onChange(listener: (writer: DatabaseHost | null) => void): () => void;
  close(): Promise<void>;
}

/**
 * Of several read-write hosts the one with the highest timeline: a primary that was frozen and thawed still thinks
 * it is one, and its timeline is the older.
 */
export const chooseWriter = (states: readonly HostState[]): DatabaseHost | null =>
  states
    .filter(({ role }) => role === HOST_ROLE.readWrite)
    .reduce<HostState | null>((best, state) => (best && best.timeline >= state.timeline ? best : state), null)
    ?.at ?? null;

/** Watches all hosts side by side; a dead one delays nobody. */
export const createWriterDiscovery = (access: DatabaseAccess, intervalMs = 50): WriterDiscovery => {
  const listeners = new Set<(writer: DatabaseHost | null) => void>();
  let current: DatabaseHost | null = null;
  const judge = (): void => {
    const chosen = chooseWriter(watches.map((watch) => watch.state()));
    if (chosen === current) return;
    current = chosen;
    for (const listener of [...listeners]) listener(current);
  };
  const watches = access.hosts.map((at) =>
    createHostWatch({ access, at, intervalMs, onChange: () => judge() }),
  );
  const onChange = (listener: (writer: DatabaseHost | null) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    writer: () => current,
    waitForWriter: (timeoutMs) => {
      if (current !== null) return Promise.resolve(current);
      for (const watch of watches) watch.lookNow();
      return new Promise((resolve) => {
        const finish = (writer: DatabaseHost | null): void => {
          clearTimeout(timer);
          stop();
          resolve(writer);
        };
        const timer = setTimeout(() => finish(null), timeoutMs);
        const stop = onChange((writer) => {
          if (writer !== null) finish(writer);
        });
      });
    },
    states: () => watches.map((watch) => watch.state()),
    watchOf: (at) => watches.find((watch) => watch.state().at === at),
    onChange,
    close: async () => {
      await Promise.all(watches.map((watch) => watch.close()));
    },
  };
};
