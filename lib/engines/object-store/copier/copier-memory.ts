import type { Pending } from '../../../domain/copier/batch';
import type { Held, Identity, Version } from '../../../domain/copier/version';

/** A version that waits to be copied, and the sweep that found it. */
export interface Waiting extends Pending {
  readonly sweep: number;
}

/** How far the target is with one key, as was found out or done. */
interface KeyState {
  readonly held: Held | null;
  /** The newest of the source's versions that was looked at and is there; null: not known. */
  readonly doneId: string | null;
  /** What the target holds was put aside: what comes next is what follows on the version that both sides have. */
  readonly aside: { readonly common: Identity | null } | null;
}

/**
 * What one copier process knows. Only memory: the target's own versions are the journal, and a process that begins anew
 * asks them. Every version waits once, in the order it was seen.
 */
export function createCopierMemory() {
  const states = new Map<string, KeyState>();
  let waiting: Waiting[] = [];
  const isWaiting = new Set<string>();
  const unsure = new Set<string>();
  const nameOf = ({ key, localId }: Version): string => `${key}\n${localId}`;
  const drop = (gone: (each: Waiting) => boolean): void => {
    for (const each of waiting.filter(gone)) isWaiting.delete(nameOf(each.version));
    waiting = waiting.filter((each) => !gone(each));
  };
  return {
    waiting: (): readonly Waiting[] => waiting,
    stateOf: (key: string): KeyState | undefined => states.get(key),
    keys: (): ReadonlySet<string> => new Set(states.keys()),
    /** What was known of it turned out not to be so. */
    isUnsure: (key: string): boolean => unsure.has(key),
    setHeld: (key: string, held: Held | null, doneId: string | null): void => {
      unsure.delete(key);
      states.set(key, { held, doneId, aside: null });
    },
    setAside: (key: string, held: Held | null, common: Identity | null): void =>
      void states.set(key, { held, doneId: null, aside: { common } }),
    add: (version: Version, seen: { readonly seenMs: number; readonly sweep: number }): void => {
      if (isWaiting.has(nameOf(version))) return;
      isWaiting.add(nameOf(version));
      waiting.push({ version, ...seen });
    },
    remove: (gone: readonly Pending[]): void => {
      const names = new Set(gone.map(({ version }) => nameOf(version)));
      drop(({ version }) => names.has(nameOf(version)));
    },
    /** The key is asked for again; what waits of it is found again then. */
    forget: (key: string): void => {
      states.delete(key);
      unsure.add(key);
      drop(({ version }) => version.key === key);
    },
    clear: (): void => {
      states.clear();
      unsure.clear();
      isWaiting.clear();
      waiting = [];
    },
  };
}
export type CopierMemory = ReturnType<typeof createCopierMemory>;
