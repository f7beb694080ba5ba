import type { ZoneId } from '../topology';
import type { Held, Identity, Version } from './version';
import { isSame, VersionKind } from './version';

/**
 * What the target lacks of one key. `diverged`: its newest version is one that the source never had, so whatever comes
 * next would hide it.
 */
export type Following =
  { readonly kind: 'copy'; readonly versions: readonly Version[] } | { readonly kind: 'diverged' };

/** A delete of what is deleted changes nothing: of several in a row the first is copied. */
const withoutRepeatedDeletes = (versions: readonly Version[], before: Held | null): readonly Version[] =>
  versions.filter(({ kind }, index) => {
    const previous = versions[index - 1]?.kind ?? before?.kind ?? VersionKind.delete;
    return kind === VersionKind.put || previous === VersionKind.put;
  });

const copy = (versions: readonly Version[], before: Held | null): Following => ({
  kind: 'copy',
  versions: withoutRepeatedDeletes(versions, before),
});

/**
 * What follows on what the target holds; `listed` is the source's whole history of the key, oldest first. The target's own
 * newest version says how far it is: there is no journal beside the data that could say something else.
 * A version that the source has dropped since (its lifecycle) is found by its time.
 */
export function followingOf(source: ZoneId, listed: readonly Version[], held: Held | null): Following {
  if (held === null) return copy(listed, null);
  const at = listed.findIndex(({ identity }) => isSame(identity, held.identity));
  if (at >= 0) return copy(listed.slice(at + 1), held);
  if (held.identity.zone !== source) return { kind: 'diverged' };
  const sinceMs = held.sourceAtMs ?? 0;
  return copy(
    listed.filter(({ atMs }) => atMs >= sinceMs),
    held,
  );
}

/**
 * What the target gets after its own tail was put aside: what came after the last version that both have or, when nothing
 * did, that version once more, since the tail hides it.
 */
export function afterQuarantine(listed: readonly Version[], common: Identity | null): readonly Version[] {
  const at = common === null ? -1 : listed.findIndex(({ identity }) => isSame(identity, common));
  const later = listed.slice(at + 1);
  return later.length > 0 ? later : listed.slice(-1);
}
