import type { ItemState } from '../../../lib/domain/consistency/sighting';
import { isAlike, judgeHeld, judgeLooks } from '../../../lib/domain/consistency/sighting';

const at = (version: string, digest = version): ItemState => ({ state: 'present', version, digest });
const absent: ItemState = { state: 'absent' };
const damaged: ItemState = { state: 'damaged', words: 'invalid page in block 3' };
const unread: ItemState = { state: 'unknown', words: 'no answer within 5 ms' };

const looks = (w1: ItemState, c1: ItemState, w2: ItemState, c2: ItemState) =>
  judgeLooks({ writer: [w1, w2], copy: [c1, c2] });

describe('four looks at one item', () => {
  it.each([
    ['nothing changed', looks(at('1'), at('1'), at('1'), at('1')), { is: 'equal' }],
    ['absent on both sides', looks(absent, absent, absent, absent), { is: 'equal' }],
    ['deleted in between', looks(at('1'), at('1'), absent, absent), { is: 'equal' }],
    ['gone before the copy was read', looks(at('1'), absent, absent, absent), { is: 'equal' }],
    [
      'one version, two contents',
      looks(at('1'), at('1', 'x'), at('1'), at('1', 'x')),
      { is: 'difference', what: 'different', words: null },
    ],
    [
      'one version of several has two contents',
      looks(at('1'), at('1'), at('2'), at('2', 'x')),
      { is: 'difference', what: 'different', words: null },
    ],
    [
      'the writer stood still, the copy has nothing',
      looks(at('1'), absent, at('1'), absent),
      { is: 'difference', what: 'missing at the standby', words: null },
    ],
    [
      'the writer stood still, the copy has another version',
      looks(at('1'), at('0'), at('1'), at('0')),
      { is: 'difference', what: 'different', words: null },
    ],
    [
      'the copy stood still, the writer has nothing',
      looks(absent, at('9'), absent, at('9')),
      { is: 'difference', what: 'only at the standby', words: null },
    ],
    [
      'the copy stood still around another version',
      looks(at('1'), at('9'), at('2'), at('9')),
      { is: 'difference', what: 'different', words: null },
    ],
    ['all of it moved', looks(at('1'), at('2'), at('3'), at('4')), { is: 'open', words: null }],
    ['it came and went', looks(absent, at('1'), absent, absent), { is: 'equal' }],
    ['only now at the copy', looks(absent, absent, absent, at('1')), { is: 'open', words: null }],
    [
      'unreadable at the copy, twice',
      looks(at('1'), damaged, at('1'), damaged),
      { is: 'difference', what: 'unreadable at the standby', words: 'invalid page in block 3' },
    ],
    [
      'unreadable at the writer, twice',
      looks(damaged, at('1'), damaged, at('1')),
      { is: 'difference', what: 'unreadable at the writer', words: 'invalid page in block 3' },
    ],
    [
      'unreadable once',
      looks(at('1'), damaged, at('1'), at('1')),
      { is: 'open', words: 'invalid page in block 3' },
    ],
    ['not read', looks(at('1'), at('1'), at('1'), unread), { is: 'open', words: 'no answer within 5 ms' }],
  ])('%s', (_name, judged, expected) => {
    expect(judged).toEqual(expected);
  });
});

describe('an item that was held still at the writer', () => {
  it.each([
    ['equal', at('', 'x'), at('', 'x'), { is: 'equal' }],
    ['absent', absent, absent, { is: 'equal' }],
    ['different', at('', 'x'), at('', 'y'), { is: 'difference', what: 'different', words: null }],
    ['missing', at('', 'x'), absent, { is: 'difference', what: 'missing at the standby', words: null }],
    ['extra', absent, at('', 'x'), { is: 'difference', what: 'only at the standby', words: null }],
    ['unread', unread, at('', 'x'), { is: 'open', words: 'no answer within 5 ms' }],
  ])('%s', (_name, writer, copy, expected) => {
    expect(judgeHeld(writer, copy)).toEqual(expected);
  });
});

describe('a glance at both sides', () => {
  it.each([
    ['one state on both', at('1'), at('1'), true],
    ['absent on both', absent, absent, true],
    ['one version, two contents', at('1'), at('1', 'x'), false],
    ['two versions', at('1', 'x'), at('2', 'x'), false],
    ['only at the writer', at('1'), absent, false],
    ['only at the copy', absent, at('1'), false],
    ['not read', unread, unread, false],
  ])('%s', (_name, writer, copy, expected) => {
    expect(isAlike(writer, copy)).toBe(expected);
  });
});
