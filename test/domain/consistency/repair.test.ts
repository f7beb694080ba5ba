import type { CopiesRecord } from '../../../lib/domain/consistency/record';
import { planRepair, requireFounded } from '../../../lib/domain/consistency/repair';
import type { CopiesReport } from '../../../lib/domain/consistency/report';
import { emptyReport } from '../../../lib/domain/consistency/report';
import type { DifferenceKind } from '../../../lib/domain/consistency/sighting';

const recordOf = (part: Partial<CopiesReport> = {}): CopiesRecord => ({
  epoch: 3,
  execution: 'orders-v-1',
  startedAtMs: 1,
  endedAtMs: 2,
  report: { ...emptyReport({ store: 'redis', writer: 'az-a', copy: 'az-b' }), items: 9, ...part },
});

const differing = (...kinds: readonly DifferenceKind[]): CopiesRecord =>
  recordOf({
    differences: kinds.map((what, index) => ({ item: `k${index}`, what, words: null })),
    differencesFound: kinds.length + 5,
    unknownFound: 2,
  });

describe('what is done about what a comparison found', () => {
  it('is nothing when the copies are equal, or when it found no difference and does not know', () => {
    expect(planRepair(recordOf())).toBeNull();
    expect(planRepair(recordOf({ unknownFound: 1 }))).toBeNull();
  });

  it('names each difference with what becomes of it, and counts those that are not named', () => {
    const kinds = ['missing at the standby', 'only at the standby', 'different', 'unreadable at the standby'];
    expect(planRepair(differing(...(kinds as DifferenceKind[])))).toEqual({
      store: 'redis',
      writer: 'az-a',
      copy: 'az-b',
      comparison: 'orders-v-1',
      differences: 9,
      unknown: 2,
      items: [
        { item: 'k0', what: 'missing at the standby', done: "comes with the writer's" },
        { item: 'k1', what: 'only at the standby', done: 'goes; it is in what is kept' },
        {
          item: 'k2',
          what: 'different',
          done: "the writer's takes its place; the copy's is in what is kept",
        },
        {
          item: 'k3',
          what: 'unreadable at the standby',
          done: "comes with the writer's; what cannot be read is in what is kept",
        },
      ],
    });
  });

  it.each([
    [null, /az-a writes redis and cannot read k1: the copy in az-b may be the only good one/],
    ['invalid page', /cannot read k1 \(invalid page\): the copy/],
  ])('is refused when the writer itself cannot read what it has (%s)', (words, sentence) => {
    const { report } = differing('different');
    const differences = [
      ...report.differences,
      { item: 'k1', what: 'unreadable at the writer' as const, words },
    ];
    const plan = (): unknown => planRepair(recordOf({ differences, differencesFound: 2 }));
    expect(plan).toThrow(
      expect.objectContaining({
        code: 'writer-damaged',
        numbers: { store: 'redis', item: 'k1', execution: 'orders-v-1' },
      }),
    );
    expect(plan).toThrow(sentence);
  });
});

describe('a copy is given up only for what was found', () => {
  const founded = { store: 'redis', from: 'az-a', to: 'az-b', comparison: 'orders-v-1' } as const;

  it('by the newest comparison of these two zones', () => {
    expect(() => requireFounded(differing('different'), founded)).not.toThrow();
  });

  it.each([
    ['nothing is on record', null, {}, null],
    ['a newer one is on record', differing('different'), { comparison: 'orders-v-0' }, 'orders-v-1'],
    ['it was of another writer', differing('different'), { from: 'az-c' }, 'orders-v-1'],
    ['it was of another copy', differing('different'), { to: 'az-c' }, 'orders-v-1'],
    ['it found them equal', recordOf(), {}, 'orders-v-1'],
  ])('not when %s', (_why, record, changes, newest) => {
    const asked = { ...founded, ...changes };
    expect(() => requireFounded(record, asked)).toThrow(
      expect.objectContaining({
        code: 'copies-not-different',
        numbers: { store: 'redis', comparison: asked.comparison, newest },
      }),
    );
  });
});
