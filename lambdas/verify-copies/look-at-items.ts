import type { FoundItem } from '../../lib/domain/consistency/narrow';
import { roundOf } from '../../lib/domain/consistency/narrow';
import type { Chunk } from '../../lib/domain/consistency/reading';
import { NAMED_AT_MOST } from '../../lib/domain/consistency/report';
import type { Comparison } from './comparison';
import { isOver, requestMs } from './comparison';

const LOOK_AT_ONCE = 200;
/** An item that is written a thousand times a second stands still for the length of a look in some of so many. */
const LOOKS = 60;
const PAUSE_AT_MOST_MS = 20;

export interface Settled {
  readonly found: readonly FoundItem[];
  readonly lookedAt: number;
  /** Why some items could not be settled; null = all were. */
  readonly unsettled: string | null;
}

interface State {
  readonly found: readonly FoundItem[];
  readonly open: readonly string[];
  readonly words: string | null;
}

const batchesOf = (keys: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(keys.length / LOOK_AT_ONCE) }, (_, batch) =>
    keys.slice(batch * LOOK_AT_ONCE, (batch + 1) * LOOK_AT_ONCE),
  );

const isEnough = (comparison: Comparison, found: readonly FoundItem[]): boolean =>
  found.length >= NAMED_AT_MOST || isOver(comparison);

/** Every open item once. */
const lookOnce = async (comparison: Comparison, chunk: Chunk, before: State): Promise<State> => {
  let state: State = { ...before, open: [] };
  for (const keys of batchesOf(before.open)) {
    if (isEnough(comparison, state.found)) {
      state = { ...state, open: [...state.open, ...keys] };
      continue;
    }
    const { reader, pair } = comparison;
    const round = roundOf(await reader.look(pair, chunk, keys, requestMs(comparison)));
    state = {
      found: [...state.found, ...round.found],
      open: [...state.open, ...round.open.map(({ key }) => key)],
      words: round.open.find(({ words }) => words !== null)?.words ?? state.words,
    };
  }
  return state;
};

const unsettledIn = ({ found, open, words }: State, looks: number): string | null => {
  if (open.length === 0) return null;
  if (found.length >= NAMED_AT_MOST)
    return `${open.length} more of its items were not looked at: ${found.length} differences are enough`;
  return words ?? `${open.length} of its items changed in each of ${looks} looks, e.g. ${open[0]}`;
};

/** Looks at items until each is proven equal or different, or there is no time for more. */
export async function lookAtItems(
  comparison: Comparison,
  chunk: Chunk,
  keys: readonly string[],
): Promise<Settled> {
  let state: State = { found: [], open: keys, words: null };
  let looks = 0;
  while (state.open.length > 0 && looks < LOOKS && !isEnough(comparison, state.found)) {
    if (looks > 0) await comparison.clock.sleep(Math.min(looks, PAUSE_AT_MOST_MS));
    looks += 1;
    state = await lookOnce(comparison, chunk, state);
  }
  const named = { ...state, open: state.open.map((key) => comparison.reader.nameOf(chunk, key)) };
  return { found: state.found, lookedAt: keys.length, unsettled: unsettledIn(named, looks) };
}
