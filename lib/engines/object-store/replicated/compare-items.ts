import { createHash } from 'node:crypto';
import type { ChunkDigest, ItemDigest } from '../../../domain/consistency/reading';
import type { ItemState, Judgement, Sighting } from '../../../domain/consistency/sighting';
import { isAlike, judgeHeld, judgeLooks } from '../../../domain/consistency/sighting';
import { VersionKind } from '../../../domain/copier/version';
import { DeadlineExceeded, EvacError, Unreachable } from '../../../domain/errors';
import type { CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { mapAtMost } from '../side-by-side';
import type { StoredObject } from '../bucket';
import { damageIn } from '../failure';
import { heldOf, withoutMark } from '../held';
import { awaitLevel } from './compare-level';
import type { ZoneStore, ZoneStores } from './zone-stores';

/** An object is read whole: so many are in memory at once. */
const AT_ONCE = 16;

/** What travels with an object, and not by what name this side knows its version. */
const digestOf = ({ body, attributes, metadata }: StoredObject): string => {
  const sorted = (fields: object) => Object.entries(fields).toSorted();
  return createHash('sha256')
    .update(JSON.stringify([sorted(attributes), sorted(withoutMark(metadata))]))
    .update('\0')
    .update(body)
    .digest('base64');
};

/** @throws DeadlineExceeded, Unreachable: the store says nothing of the others, either */
async function readState({ zone, bucket }: ZoneStore, key: string, deadline: Deadline): Promise<ItemState> {
  try {
    const object = await bucket.get(key, deadline);
    if (object === null) return { state: 'absent' };
    const { identity, kind } = heldOf(zone, object);
    if (kind === VersionKind.delete) return { state: 'absent' };
    const version = `${identity.zone}/${identity.versionId}`;
    return { state: 'present', digest: digestOf(object), version };
  } catch (error) {
    if (!(error instanceof EvacError) || error instanceof DeadlineExceeded || error instanceof Unreachable)
      throw error;
    const words = damageIn(error);
    return words === null
      ? { state: 'unknown', words: error.message }
      : { state: 'damaged', words: `${key}: ${words}` };
  }
}

type States = ReadonlyMap<string, ItemState>;

const readStates = async (store: ZoneStore, keys: readonly string[], deadline: Deadline): Promise<States> =>
  new Map(
    await mapAtMost(AT_ONCE, keys, async (key) => [key, await readState(store, key, deadline)] as const),
  );

/** What cannot be read is listed under what it said: the other side's digest is another. */
const asDigest = (state: ItemState): readonly string[] => {
  if (state.state === 'absent') return [];
  return [state.state === 'present' ? `${state.version} ${state.digest}` : `${state.state} ${state.words}`];
};

export async function listObjects(
  store: ZoneStore,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly ItemDigest[]> {
  const states = await readStates(store, keys, deadline);
  return [...states].flatMap(([key, state]) => asDigest(state).map((digest) => ({ key, digest })));
}

/** By key, since both sides have their keys from one list. */
export const sumOf = (items: readonly ItemDigest[]): ChunkDigest => {
  const hash = createHash('sha256');
  for (const { key, digest } of items) hash.update(JSON.stringify([key, digest]));
  return { count: items.length, hash: hash.digest('base64') };
};

const none: ItemState = { state: 'absent' };
const at = (states: States, key: string): ItemState => states.get(key) ?? none;

const isSameVersion = (one: ItemState, other: ItemState): boolean =>
  one.state === 'present' && other.state === 'present' && one.version === other.version;

/** One and the same version on both sides is settled whatever the copier does; null: it has to catch up first. */
const judgeAtOnce = (writer: ItemState, copy: ItemState): Judgement | null => {
  if (isAlike(writer, copy)) return { is: 'equal' };
  return isSameVersion(writer, copy) ? judgeHeld(writer, copy) : null;
};

const openAs = (keys: readonly string[], words: string): readonly Sighting[] =>
  keys.map((key) => ({ key, judgement: { is: 'open', words } }));

/** See `CopyReader.look`. @throws DeadlineExceeded, Unreachable */
export async function lookAtObjects(
  stores: ZoneStores,
  pair: CopyPair,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly Sighting[]> {
  const [writer, copy] = [stores.at(pair.writer), stores.at(pair.copy)];
  const writerAtFirst = await readStates(writer, keys, deadline);
  const copyAtOnce = await readStates(copy, keys, deadline);
  const judged = keys.map((key) => ({
    key,
    judgement: judgeAtOnce(at(writerAtFirst, key), at(copyAtOnce, key)),
  }));
  const settled = judged.flatMap(({ key, judgement }) => (judgement === null ? [] : [{ key, judgement }]));
  const left = judged.flatMap(({ key, judgement }) => (judgement === null ? [key] : []));
  if (left.length === 0) return settled;
  const caughtUp = await awaitLevel(stores, pair, deadline);
  if (caughtUp.state !== 'read') return [...settled, ...openAs(left, caughtUp.words)];
  const copyAtFirst = await readStates(copy, left, deadline);
  const writerThen = await readStates(writer, left, deadline);
  const again = await awaitLevel(stores, pair, deadline);
  if (again.state !== 'read') return [...settled, ...openAs(left, again.words)];
  const copyThen = await readStates(copy, left, deadline);
  const looked = left.map((key) => ({
    key,
    judgement: judgeLooks({
      writer: [at(writerAtFirst, key), at(writerThen, key)],
      copy: [at(copyAtFirst, key), at(copyThen, key)],
    }),
  }));
  return [...settled, ...looked];
}
