import type { ItemState, Sighting } from '../../../domain/consistency/sighting';
import { isAlike, judgeLooks } from '../../../domain/consistency/sighting';
import type { ZoneId } from '../../../domain/topology';
import type { CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import type { CompareSessions } from './compare-ask';
import { askIn } from './compare-ask';
import { catchUp, showAll } from './compare-positions';
import { readRows } from './compare-rows';
import type { ComparedTable } from './compare-tables';

type Seen = ReadonlyMap<string, ItemState>;
type Both = readonly [writer: Seen, copy: Seen];

interface Wanted {
  readonly table: ComparedTable;
  readonly keys: readonly string[];
}

const stateIn = (seen: Seen, key: string): ItemState => seen.get(key) ?? { state: 'absent' };

const allOpen = (keys: readonly string[], words: string): readonly Sighting[] =>
  keys.map((key) => ({ key, judgement: { is: 'open', words } }));

/** The writer, then the copy when it has what the writer had; or why it has not. */
async function lookOnce(
  sessions: CompareSessions,
  pair: CopyPair,
  { table, keys }: Wanted,
  deadline: Deadline,
): Promise<Both | string> {
  const readIn = (zone: ZoneId): Promise<Seen> => readRows(askIn(sessions, zone, deadline), table, keys);
  const writer = await readIn(pair.writer);
  const level = await catchUp(sessions, pair, deadline);
  return level.state === 'read' ? [writer, await readIn(pair.copy)] : level.words;
}

/** Writer, copy, writer, copy, as `judgeLooks` needs them. */
async function lookWell(
  sessions: CompareSessions,
  pair: CopyPair,
  wanted: Wanted,
  deadline: Deadline,
): Promise<readonly Sighting[]> {
  const first = await lookOnce(sessions, pair, wanted, deadline);
  if (typeof first === 'string') return allOpen(wanted.keys, first);
  const shown = await showAll(sessions, pair, deadline);
  if (shown.state !== 'read') return allOpen(wanted.keys, shown.words);
  const second = await lookOnce(sessions, pair, wanted, deadline);
  if (typeof second === 'string') return allOpen(wanted.keys, second);
  return wanted.keys.map((key) => ({
    key,
    judgement: judgeLooks({
      writer: [stateIn(first[0], key), stateIn(second[0], key)],
      copy: [stateIn(first[1], key), stateIn(second[1], key)],
    }),
  }));
}

/** See `CopyReader.look`: at both sides at once, and well at what was not alike there. */
export async function lookAtRows(
  sessions: CompareSessions,
  pair: CopyPair,
  { table, keys }: Wanted,
  deadline: Deadline,
): Promise<readonly Sighting[]> {
  const readIn = (zone: ZoneId): Promise<Seen> => readRows(askIn(sessions, zone, deadline), table, keys);
  const [writer, copy] = await Promise.all([readIn(pair.writer), readIn(pair.copy)]);
  const left = keys.filter((key) => !isAlike(stateIn(writer, key), stateIn(copy, key)));
  const equal = keys
    .filter((key) => !left.includes(key))
    .map((key): Sighting => ({ key, judgement: { is: 'equal' } }));
  return left.length === 0
    ? equal
    : [...equal, ...(await lookWell(sessions, pair, { table, keys: left }, deadline))];
}
