import fc from 'fast-check';
import type { Plant } from './moving-copies';
import { KEYS, stories, tell } from './moving-copies';

const PLANTED: Readonly<Record<Plant, string>> = {
  different: 'different',
  missing: 'missing at the standby',
  extra: 'only at the standby',
};
const plant = fc.constantFrom<Plant>('different', 'missing', 'extra');

describe('two copies of a system that moves', () => {
  it('are never called different when they are not', () => {
    let open = 0;
    fc.assert(
      fc.property(stories(fc.constant({})), (story) => {
        for (const judgement of tell(story).values()) {
          expect(judgement.is).not.toBe('difference');
          open += judgement.is === 'open' ? 1 : 0;
        }
      }),
      { numRuns: 3_000, seed: 11 },
    );
    // Rows that were caught in the middle of a change: what a mere comparison would have called different.
    expect(open).toBeGreaterThan(100);
  });

  it('every difference of a row that stands still is found, as what it is', () => {
    const planted = fc.record({ a: plant, b: plant });
    const still = stories(planted, ['c', 'd']).map((story) => {
      const [first, ...rest] = story.interludes;
      const changes = first.changes.filter(({ key }) => key !== 'a' && key !== 'b');
      return { ...story, interludes: [{ ...first, changes }, ...rest] as const } as typeof story;
    });
    fc.assert(
      fc.property(still, (story) => {
        const told = tell(story);
        for (const key of ['a', 'b'])
          expect(told.get(key)).toMatchObject({
            is: 'difference',
            what: PLANTED[story.plants[key] as Plant],
          });
      }),
      { numRuns: 2_000, seed: 12 },
    );
  });

  it('only what was planted is called different, however much moves', () => {
    fc.assert(
      fc.property(stories(fc.record({ a: plant, c: plant })), (story) => {
        const told = tell(story);
        for (const key of KEYS.filter((each) => story.plants[each] === undefined))
          expect(told.get(key)?.is).not.toBe('difference');
      }),
      { numRuns: 3_000, seed: 13 },
    );
  });
});
