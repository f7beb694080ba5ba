import { afterQuarantine, followingOf } from '../../../lib/domain/copier/following';
import type { Held, Identity, Version } from '../../../lib/domain/copier/version';
import { isSame } from '../../../lib/domain/copier/version';

/** What a client does to one key at the source. */
export interface Act {
  readonly key: string;
  readonly kind: 'put' | 'delete';
}

export interface Stored {
  readonly identity: Identity;
  readonly kind: 'put' | 'delete';
  readonly atMs: number;
}

/** A whole bucket of the target: each key's versions, oldest first. A put is refused when the newest is another than expected. */
export function createTarget() {
  const keys = new Map<string, Stored[]>();
  const newest = (key: string): Stored | undefined => keys.get(key)?.at(-1);
  return {
    keys,
    held: (key: string): Held | null => {
      const found = newest(key);
      if (found === undefined) return null;
      return {
        identity: found.identity,
        kind: found.kind,
        etag: found.identity.versionId,
        sourceAtMs: found.atMs,
      };
    },
    /** False: the condition did not hold. */
    put: (version: Version, after: Identity | null): boolean => {
      const now = newest(version.key)?.identity ?? null;
      const holds = now === null || after === null ? now === after : isSame(now, after);
      if (!holds) return false;
      const { identity, kind, atMs } = version;
      keys.set(version.key, [...(keys.get(version.key) ?? []), { identity, kind, atMs }]);
      return true;
    },
  };
}
export type Target = ReturnType<typeof createTarget>;

/** The source's list after these acts; instants are whole seconds, as S3's are. */
export function listOf(zone: string, acts: readonly Act[]): readonly Version[] {
  return acts.map(({ key, kind }, index) => ({
    key,
    localId: `${zone}-${index}`,
    identity: { zone, versionId: `${zone}-${index}` },
    kind,
    bytes: 1,
    atMs: Math.floor(index / 3) * 1_000,
  }));
}

const historyOf = (list: readonly Version[], key: string): readonly Version[] =>
  list.filter((version) => version.key === key);

/** What a target must hold of a key in the end: the source's history, a delete of what is deleted left out. */
export const wantedOf = (list: readonly Version[], key: string): readonly string[] => {
  const wanted: Version[] = [];
  for (const version of historyOf(list, key))
    if (version.kind === 'put' || wanted.at(-1)?.kind === 'put') wanted.push(version);
  return wanted.map(({ identity }) => identity.versionId);
};

/**
 * One life of a copier: asks each key's place anew, copies, and dies after `puts` of them (the last one got in, and nobody
 * was told). Answers how many got in.
 */
export function copyUntilCrash(
  source: string,
  list: readonly Version[],
  target: Target,
  puts: number,
): number {
  let done = 0;
  for (const key of new Set(list.map((version) => version.key))) {
    const history = historyOf(list, key);
    let after = target.held(key);
    const following = followingOf(source, history, after);
    const versions = following.kind === 'copy' ? following.versions : afterQuarantine(history, null);
    for (const version of versions) {
      if (done === puts) return done;
      if (!target.put(version, after?.identity ?? null)) throw new Error(`${key} was changed by nobody`);
      done += 1;
      after = target.held(key);
    }
  }
  return done;
}
