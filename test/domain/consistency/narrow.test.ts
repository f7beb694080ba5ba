import { firstLook, roundOf, suspectsOf } from '../../../lib/domain/consistency/narrow';
import type { ChunkDigest, ItemDigest, Reading } from '../../../lib/domain/consistency/reading';

const read = <T>(value: T): Reading<T> => ({ state: 'read', value });
const unread = { state: 'unknown', words: 'timeout' } as const;
const damaged = { state: 'damaged', words: 'invalid page' } as const;
const sum = (count: number, hash: string): Reading<ChunkDigest> => read({ count, hash });
const list = (items: Readonly<Record<string, string>>): Reading<readonly ItemDigest[]> =>
  read(Object.entries(items).map(([key, digest]) => ({ key, digest })));

describe('the first look at a chunk', () => {
  it.each([
    ['alike', sum(2, 'x'), sum(2, 'x'), { is: 'equal' }],
    ['another hash', sum(2, 'x'), sum(2, 'y'), { is: 'again' }],
    ['another count', sum(2, 'x'), sum(3, 'x'), { is: 'again' }],
    ['damaged at the copy', sum(2, 'x'), damaged, { is: 'again' }],
    ['damaged at the writer', damaged, sum(2, 'x'), { is: 'again' }],
    ['the writer does not answer', unread, damaged, { is: 'unknown', words: 'the writer: timeout' }],
    ['the copy does not answer', damaged, unread, { is: 'unknown', words: 'the standby: timeout' }],
  ])('%s', (_name, writer, copy, expected) => {
    expect(firstLook(writer, copy)).toEqual(expected);
  });
});

describe('the items of a chunk that may differ', () => {
  it('are those of either side that the other shows otherwise or not at all', () => {
    const suspects = suspectsOf(list({ a: '1', b: '2', c: '3' }), list({ a: '1', b: 'x', d: '4' }));
    expect(suspects).toEqual({ is: 'listed', keys: ['b', 'c', 'd'], damage: null });
  });

  it('are all of one side when the other cannot list its own, with the reason', () => {
    expect(suspectsOf(list({ a: '1' }), damaged)).toEqual({
      is: 'listed',
      keys: ['a'],
      damage: { what: 'unreadable at the standby', words: 'invalid page' },
    });
    expect(suspectsOf(damaged, list({ b: '1' }))).toEqual({
      is: 'listed',
      keys: ['b'],
      damage: { what: 'unreadable at the writer', words: 'invalid page' },
    });
  });

  it('are not known when a side does not answer', () => {
    const expected = { is: 'unknown', words: 'the standby: timeout', keys: [] };
    expect(suspectsOf(list({ a: '1' }), unread)).toEqual(expected);
  });
});

describe('a round of looks', () => {
  it('parts what is proven from what has to be looked at again', () => {
    const round = roundOf([
      { key: 'a', judgement: { is: 'equal' } },
      { key: 'b', judgement: { is: 'open', words: 'changed' } },
      { key: 'c', judgement: { is: 'difference', what: 'different', words: null } },
    ]);
    expect(round).toEqual({
      found: [{ key: 'c', what: 'different', words: null }],
      open: [{ key: 'b', words: 'changed' }],
    });
  });
});
