import type { CopiesRecord } from '../../../lib/domain/consistency/record';
import {
  gravestVerdict,
  refuseDifferentCopies,
  refuseUnprovenCopies,
} from '../../../lib/domain/consistency/record';
import { addUnknown, emptyReport } from '../../../lib/domain/consistency/report';

const equal = { ...emptyReport({ store: 'redis', writer: 'az-a', copy: 'az-b' }), items: 5, chunks: 1 };
const recordOf = (report: CopiesRecord['report'], endedAtMs = 1_000): CopiesRecord => ({
  epoch: 3,
  execution: 'orders-v-1',
  startedAtMs: endedAtMs - 10,
  endedAtMs,
  report,
});
const different = {
  ...equal,
  differences: [{ item: 'db0 k', what: 'different' as const, words: null }],
  differencesFound: 1,
};
const move = { from: 'az-a', to: 'az-b' };

describe('the verdict on several stores', () => {
  it('is the gravest, and of none nothing is known', () => {
    expect(gravestVerdict([])).toBe('unknown');
    expect(gravestVerdict(['equal', 'equal'])).toBe('equal');
    expect(gravestVerdict(['equal', 'unknown'])).toBe('unknown');
    expect(gravestVerdict(['unknown', 'different'])).toBe('different');
    expect(gravestVerdict(['not-compared', 'equal'])).toBe('equal');
    expect(gravestVerdict(['not-compared', 'unknown'])).toBe('unknown');
    expect(gravestVerdict(['not-compared'])).toBe('not-compared');
  });
});

describe('a planned move', () => {
  it('is refused when the newest comparison found differences, with the numbers and what to do', () => {
    const refused = (): void => refuseDifferentCopies([null, recordOf(different)], move);
    expect(refused).toThrow(
      expect.objectContaining({
        name: 'Refused',
        code: 'copies-differ',
        numbers: { store: 'redis', differences: 1, execution: 'orders-v-1' },
      }),
    );
    expect(refused).toThrow(
      /az-b does not hold what az-a holds.*e\.g\. db0 k.*Nothing was changed.*evac verify/,
    );
  });

  it.each([
    ['equal', recordOf(equal)],
    ['not known', recordOf(addUnknown(equal, { part: 'p', why: 'w' }))],
    ['of another direction', recordOf({ ...different, writer: 'az-b', copy: 'az-a' })],
    ['of another copy', recordOf({ ...different, copy: 'az-c' })],
  ])('is not, when it is %s', (_name, record) => {
    expect(() => refuseDifferentCopies([record], move)).not.toThrow();
  });
});

describe('a planned move that asks for a proof', () => {
  const proof = { ...move, stores: ['redis'] as const, sinceMs: 1_000 };

  it('goes ahead on one', () => {
    expect(() => refuseUnprovenCopies([recordOf(equal)], proof)).not.toThrow();
  });

  it.each([
    ['there is none', []],
    ['nothing was recorded', [null]],
    ['it is older', [recordOf(equal, 999)]],
    ['it is of another store', [recordOf({ ...equal, store: 'postgres' })]],
    ['it is of another pair', [recordOf({ ...equal, writer: 'az-b', copy: 'az-a' })]],
    ['it found differences', [recordOf(different)]],
    ['it does not know', [recordOf(addUnknown(equal, { part: 'p', why: 'w' }))]],
  ])('is refused when %s', (_name, newest) => {
    const refused = (): void => refuseUnprovenCopies(newest, proof);
    expect(refused).toThrow(
      expect.objectContaining({ code: 'copies-not-compared', numbers: { stores: 'redis' } }),
    );
  });
});
