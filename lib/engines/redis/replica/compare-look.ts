import type { ItemState, Sighting } from '../../../domain/consistency/sighting';
import { judgeHeld } from '../../../domain/consistency/sighting';
import type { ZoneId } from '../../../domain/topology';
import type { CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { readContent } from './compare-contents';
import type { HeldKey } from './compare-keys';
import { readHeld } from './compare-keys';
import { awaitOffset } from './compare-offset';
import type { KeysPlace } from './compare-place';
import { bytesOf } from './compare-place';
import type { CompareSessions } from './compare-scan';
import type { Connection, RawCommand } from './connection';

interface Pair {
  readonly writer: Connection;
  readonly copy: Connection;
  readonly zones: CopyPair;
}

interface Compared {
  readonly key: string;
  readonly writer: HeldKey | null;
  readonly copy: HeldKey | null;
}

/** The clocks of two servers: a key that ends within it may have ended on one side. */
const EXPIRY_SLACK_MS = 2_000;

const isEnding = (held: HeldKey | null, nowMs: number): boolean =>
  held !== null && held.expiresAtMs >= 0 && held.expiresAtMs <= nowMs + EXPIRY_SLACK_MS;

/** One side has it no more, and the other not for long. */
const hasEnded = ({ writer, copy }: Compared, nowMs: number): boolean =>
  (copy === null && isEnding(writer, nowMs)) || (writer === null && isEnding(copy, nowMs));

const isSame = (one: HeldKey | null, other: HeldKey | null): boolean => {
  if (one === null || other === null) return one === other;
  return one.expiresAtMs === other.expiresAtMs && one.written === other.written;
};

const stateOf = (held: HeldKey | null, content: string | null): ItemState =>
  held === null
    ? { state: 'absent' }
    : {
        state: 'present',
        digest: `${held.expiresAtMs} ${content ?? held.written}`,
        version: '',
      };

const writersTime = async (connection: Connection, deadline: Deadline): Promise<number> => {
  const [seconds] = (await connection.run(['TIME'], deadline)) as readonly string[];
  return Number(seconds) * 1_000;
};

/** The contents of a key that is written differently on the two sides; large ones and modules' are left as they were read. */
async function contentsOf(
  { writer, copy }: Pair,
  place: KeysPlace,
  key: string,
  deadline: Deadline,
): Promise<readonly [string | null, string | null]> {
  if (place.large.has(key)) return [null, null];
  const asked = { db: place.db, key };
  const [one, other] = await Promise.all([
    readContent(writer, asked, deadline),
    readContent(copy, asked, deadline),
  ]);
  return one === null || other === null ? [null, null] : [one, other];
}

async function judge(pair: Pair, place: KeysPlace, seen: Compared, deadline: Deadline): Promise<Sighting> {
  const both = seen.writer !== null && seen.copy !== null;
  const [one, other] = both ? await contentsOf(pair, place, seen.key, deadline) : [null, null];
  return { key: seen.key, judgement: judgeHeld(stateOf(seen.writer, one), stateOf(seen.copy, other)) };
}

/** Both sides of keys that are watched by now; a string: why the copy could not be waited for. */
async function readBoth(
  { writer, copy, zones }: Pair,
  place: KeysPlace,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly Compared[] | string> {
  const nowMs = await writersTime(writer, deadline);
  const atWriter = await readHeld(writer, place, keys, deadline);
  const level = await awaitOffset(writer, copy, zones, deadline);
  if (level.state !== 'read') return level.words;
  const atCopy = await readHeld(copy, place, keys, deadline);
  const seen = keys.map((key): Compared => ({
    key,
    writer: atWriter.get(key) ?? null,
    copy: atCopy.get(key) ?? null,
  }));
  return seen.filter((each) => !isSame(each.writer, each.copy) && !hasEnded(each, nowMs));
}

interface Looked {
  readonly judged: readonly Sighting[];
  /** Whether no key was touched at the writer all the while. */
  readonly held: boolean;
}

async function lookHeld(
  pair: Pair,
  place: KeysPlace,
  keys: readonly string[],
  deadline: Deadline,
): Promise<Looked | string> {
  const { writer } = pair;
  const watch: readonly RawCommand[] = [
    ['SELECT', place.db],
    ['WATCH', ...keys.map(bytesOf)],
  ];
  const refused = (await writer.readAll(watch, deadline)).find((reply) => reply instanceof Error);
  if (refused !== undefined) throw refused;
  const unlike = await readBoth(pair, place, keys, deadline);
  const judged: Sighting[] = [];
  for (const each of typeof unlike === 'string' ? [] : unlike)
    judged.push(await judge(pair, place, each, deadline));
  const held = (await writer.commit([], deadline)) !== null;
  return typeof unlike === 'string' ? unlike : { judged, held };
}

const equalOnes = (keys: readonly string[]): readonly Sighting[] =>
  keys.map((key) => ({ key, judgement: { is: 'equal' } }));

const open = (keys: readonly string[], words: string | null): readonly Sighting[] =>
  keys.map((key) => ({ key, judgement: { is: 'open', words } }));

/** A key that is written all the time spoils the look at its neighbours: halves are looked at until it is alone. */
async function lookOrHalve(
  pair: Pair,
  place: KeysPlace,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly Sighting[]> {
  const looked = await lookHeld(pair, place, keys, deadline);
  if (typeof looked === 'string') return open(keys, looked);
  const unlike = looked.judged.map(({ key }) => key);
  const equal = equalOnes(keys.filter((key) => !unlike.includes(key)));
  if (looked.held) return [...equal, ...looked.judged];
  if (keys.length === 1) return [...equal, ...open(unlike, null)];
  const middle = Math.ceil(unlike.length / 2);
  const halves = [unlike.slice(0, middle), unlike.slice(middle)].filter((half) => half.length > 0);
  const again: Sighting[] = [];
  for (const half of halves) again.push(...(await lookOrHalve(pair, place, half, deadline)));
  return [...equal, ...again];
}

/** Both sides at once; what was not alike there, in its content neither. */
async function glance(
  pair: Pair,
  place: KeysPlace,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly string[]> {
  const [writer, copy] = await Promise.all([
    readHeld(pair.writer, place, keys, deadline),
    readHeld(pair.copy, place, keys, deadline),
  ]);
  const left: string[] = [];
  for (const key of keys) {
    const seen: Compared = { key, writer: writer.get(key) ?? null, copy: copy.get(key) ?? null };
    if (isSame(seen.writer, seen.copy)) continue;
    const { judgement } = await judge(pair, place, seen, deadline);
    if (judgement.is !== 'equal') left.push(key);
  }
  return left;
}

async function look(
  pair: Pair,
  place: KeysPlace,
  keys: readonly string[],
  deadline: Deadline,
): Promise<readonly Sighting[]> {
  const left = await glance(pair, place, keys, deadline);
  const equal = equalOnes(keys.filter((key) => !left.includes(key)));
  return left.length === 0 ? equal : [...equal, ...(await lookOrHalve(pair, place, left, deadline))];
}

/**
 * See `CopyReader.look`: the keys are watched at the writer from before the copy caught up until after it was read, so that
 * nothing was written to them in between.
 */
export const lookAtKeys = (
  sessions: CompareSessions,
  zones: CopyPair,
  wanted: { readonly place: KeysPlace; readonly keys: readonly string[] },
  deadline: Deadline,
): Promise<readonly Sighting[]> => {
  const { place, keys } = wanted;
  const within = (zone: ZoneId, work: (connection: Connection) => Promise<readonly Sighting[]>) =>
    sessions.run(zone, Math.max(1, deadline.remainingMs()), work);
  return within(zones.writer, (writer) =>
    within(zones.copy, (copy) => look({ writer, copy, zones }, place, keys, deadline)),
  );
};
