import fc from 'fast-check';
import type { ItemState, Judgement } from '../../../lib/domain/consistency/sighting';
import { judgeLooks } from '../../../lib/domain/consistency/sighting';

/** One committed change: a new version of a key, or its end. */
interface Change {
  readonly key: string;
  readonly isDelete: boolean;
}

/** What happens between two looks: commits, and how far behind them the two sides show them. */
export interface Interlude {
  readonly changes: readonly Change[];
  /** Share of what is written that the writer shows, and that the copy has replayed, 0-1. */
  readonly shown: number;
  readonly replayed: number;
}

export type Plant = 'different' | 'missing' | 'extra';

export interface Story {
  readonly interludes: readonly [Interlude, Interlude, Interlude, Interlude];
  readonly plants: Readonly<Record<string, Plant>>;
}

export const KEYS = ['a', 'b', 'c', 'd'] as const;

const share = fc.double({ min: 0, max: 1, noNaN: true });
const interlude = (keys: readonly string[]): fc.Arbitrary<Interlude> =>
  fc.record({
    changes: fc.array(fc.record({ key: fc.constantFrom(...keys), isDelete: fc.boolean() }), {
      maxLength: 12,
    }),
    shown: share,
    replayed: share,
  });

/** `still` keys are written before the first look and never again. */
export const stories = (
  plants: fc.Arbitrary<Story['plants']>,
  moving: readonly string[] = KEYS,
): fc.Arbitrary<Story> =>
  fc.record({
    interludes: fc.tuple(interlude(KEYS), interlude(moving), interlude(moving), interlude(moving)),
    plants,
  });

const ABSENT: ItemState = { state: 'absent' };

/**
 * A writer whose commits are in its history before it shows them, as with a synchronous standby, and a copy that replays the
 * history. A planted fault is in the copy until the row is written anew.
 */
export function tell(story: Story): ReadonlyMap<string, Judgement> {
  const history: Change[] = KEYS.map((key) => ({ key, isDelete: story.plants[key] === 'extra' }));
  let [shown, replayed] = [history.length, history.length];
  const at = (key: string, position: number): ItemState => {
    const last = history.slice(0, position).findLastIndex((change) => change.key === key);
    if (last < 0 || history[last]?.isDelete === true) return ABSENT;
    return { state: 'present', digest: `d${last}`, version: `v${last}` };
  };
  const atCopy = (key: string): ItemState => {
    const plant = story.plants[key];
    const written = history.slice(0, replayed).filter((change) => change.key === key).length;
    const state = at(key, replayed);
    if (plant === undefined || written > 1) return state;
    if (plant === 'extra') return { state: 'present', digest: 'planted', version: 'planted' };
    if (plant === 'missing') return ABSENT;
    return state.state === 'present' ? { ...state, digest: 'planted' } : state;
  };
  const pass = ({ changes, shown: shownShare, replayed: replayedShare }: Interlude): void => {
    history.push(...changes);
    const to = (from: number, part: number): number => from + Math.floor((history.length - from) * part);
    [shown, replayed] = [to(shown, shownShare), to(replayed, replayedShare)];
  };
  const look = (of: (key: string) => ItemState) => new Map(KEYS.map((key) => [key, of(key)]));
  const [first, second, third, fourth] = story.interludes;
  pass(first);
  const w1 = look((key) => at(key, shown));
  pass(second);
  replayed = Math.max(replayed, shown);
  const c1 = look(atCopy);
  const seenAtCopy = replayed;
  pass(third);
  shown = Math.max(shown, seenAtCopy);
  const w2 = look((key) => at(key, shown));
  pass(fourth);
  replayed = Math.max(replayed, shown);
  const c2 = look(atCopy);
  const state = (seen: ReadonlyMap<string, ItemState>, key: string): ItemState => seen.get(key) ?? ABSENT;
  return new Map(
    KEYS.map((key) => [
      key,
      judgeLooks({ writer: [state(w1, key), state(w2, key)], copy: [state(c1, key), state(c2, key)] }),
    ]),
  );
}
