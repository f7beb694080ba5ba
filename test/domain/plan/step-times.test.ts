import * as fc from 'fast-check';
import type { TimedStep } from '../../../lib/domain/plan/step-times';
import { reachedMs, tookMs } from '../../../lib/domain/plan/step-times';

const TURNS = [['a'], ['b', 'c'], ['d']].map((turn) => turn.map((name) => ({ name })));

const line = (name: string, fromMs: number, toMs: number): TimedStep => ({
  name,
  status: 'done',
  startedAtMs: fromMs,
  endedAtMs: toMs,
});

/** Each step by a Lambda whose idea of the time is its own: in the order of these instants, the last came first. */
const JOURNAL = [line('a', 9_000, 9_100), line('b', 7_000, 7_020), line('c', 5_000, 5_300), line('d', 0, 7)];

const [a, b, c, d] = JOURNAL as [TimedStep, TimedStep, TimedStep, TimedStep];

describe('what steps took', () => {
  it('is each one’s own time', () => expect(JOURNAL.map(tookMs)).toEqual([100, 20, 300, 7]));

  it('adds up turn by turn, and of steps side by side the longest counts for those after them', () => {
    expect([a, b, c, d].map((step) => reachedMs(TURNS, JOURNAL, step))).toEqual([100, 120, 400, 407]);
  });

  it('has nothing of a turn that no line tells of, and of lines that no turn knows', () => {
    expect(reachedMs(TURNS, [b, line('outcome', 0, 50_000), d], d)).toBe(27);
    expect(reachedMs(TURNS, [d], d)).toBe(7);
  });

  it('is never negative, and the same whatever each Lambda takes the time for', () => {
    const run = fc.record({
      took: fc.nat(60_000),
      behindMs: fc.integer({ min: -2_000, max: 2_000 }),
    });
    fc.assert(
      fc.property(fc.tuple(run, run, run, run), (runs) => {
        const at = (behindMs: (which: (typeof runs)[number]) => number) =>
          runs.map((one, index) => {
            const fromMs = 1_000_000 - behindMs(one);
            return line('abcd'.charAt(index), fromMs, fromMs + one.took);
          });
        const reached = (journal: readonly TimedStep[]) =>
          journal.map((step) => reachedMs(TURNS, journal, step));
        const exact = reached(at(() => 0));
        expect(reached(at(({ behindMs }) => behindMs))).toEqual(exact);
        expect(Math.min(...exact)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
