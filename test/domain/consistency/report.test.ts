import type { ChunkResult, CopiesReport } from '../../../lib/domain/consistency/report';
import {
  addChunk,
  addNotes,
  addUnknown,
  emptyReport,
  NAMED_AT_MOST,
  sentenceOn,
  verdictOnCopies,
} from '../../../lib/domain/consistency/report';

const empty = emptyReport({ store: 'postgres', writer: 'az-a', copy: 'az-b' });
const chunk = (part: Partial<ChunkResult> = {}): ChunkResult => ({
  items: 10,
  wasLookedAgain: false,
  itemsLookedAt: 0,
  differences: [],
  unknown: null,
  ...part,
});
const different = (item: string) => ({ item, what: 'different' as const, words: null });
const of = (...chunks: readonly ChunkResult[]): CopiesReport => chunks.reduce(addChunk, empty);

describe('a report on two copies', () => {
  it('adds up what its chunks were', () => {
    const looked = chunk({ wasLookedAgain: true, itemsLookedAt: 3, differences: [different('t id=1')] });
    const unread = chunk({ items: null, unknown: { part: 't after id=9', why: 'timeout' } });
    expect(of(chunk(), looked, unread)).toEqual({
      ...empty,
      items: 20,
      chunks: 3,
      digestsCompared: 2,
      lookedAgain: 1,
      itemsLookedAt: 3,
      differences: [different('t id=1')],
      differencesFound: 1,
      unknown: [{ part: 't after id=9', why: 'timeout' }],
      unknownFound: 1,
    });
  });

  it('is different by one difference, equal only when all of it was read', () => {
    const open = { part: 'x', why: 'y' };
    expect(verdictOnCopies(of(chunk()))).toBe('equal');
    expect(verdictOnCopies(addUnknown(of(chunk()), open))).toBe('unknown');
    expect(verdictOnCopies(addUnknown(of(chunk({ differences: [different('k')] })), open))).toBe('different');
  });

  it('names the first ones, counts all, and keeps names and words short', () => {
    const many = Array.from({ length: NAMED_AT_MOST + 5 }, (_, index) => different(`k${index}`));
    const report = of(chunk({ differences: many }), chunk({ differences: many }));
    expect(report.differences).toHaveLength(NAMED_AT_MOST);
    expect(report.differencesFound).toBe(2 * (NAMED_AT_MOST + 5));
    const long = {
      item: 'k'.repeat(900),
      what: 'unreadable at the standby',
      words: 'w'.repeat(900),
    } as const;
    const [first] = of(chunk({ differences: [long] })).differences;
    expect(first?.item).toBe(`${'k'.repeat(200)}…`);
    expect(first?.words).toBe(`${'w'.repeat(200)}…`);
  });

  it('says a note once', () => {
    expect(addNotes(addNotes(empty, ['t is unlogged', 'x']), ['x']).notes).toEqual(['t is unlogged', 'x']);
  });

  it('has one sentence with its numbers', () => {
    const about = 'postgres: az-b against the writer az-a, ';
    expect(sentenceOn(of(chunk()))).toBe(`${about}10 items: equal`);
    const one = of(chunk({ items: 1, differences: [different('t id=1')] }));
    expect(sentenceOn(one)).toBe(`${about}1 item: 1 difference, e.g. t id=1 (different)`);
    const both = of(
      chunk({ differences: [different('a'), different('b')], unknown: { part: 'p', why: 'w' } }),
    );
    expect(sentenceOn(both)).toBe(
      `${about}10 items: 2 differences, e.g. a (different); 1 part not known, e.g. p (w)`,
    );
  });
});
