import fc from 'fast-check';
import type { BatchRule, Pending } from '../../../lib/domain/copier/batch';
import { decideBatch } from '../../../lib/domain/copier/batch';
import { backlogOf, lagOf } from '../../../lib/domain/copier/lag';

const pending = (index: number, seenMs: number, bytes = 1): Pending => ({
  version: {
    key: `k${index % 3}`,
    localId: `v${index}`,
    identity: { zone: 'az-a', versionId: `v${index}` },
    kind: 'put',
    bytes,
    atMs: seenMs,
  },
  seenMs,
});
const rule: BatchRule = { maxObjects: 10, maxWaitMs: 5_000, maxBytes: 100 };
const at = (monotonicMs: number, isDraining = false) => ({ monotonicMs, isDraining });
const many = (count: number, bytes = 1) =>
  Array.from({ length: count }, (_, index) => pending(index, 0, bytes));

describe('a batch', () => {
  test('leaves at ten objects, before its time', () => {
    expect(decideBatch(many(9), rule, at(1))).toEqual({ kind: 'wait', forMs: 4_999 });
    expect(decideBatch(many(10), rule, at(1))).toEqual({ kind: 'leave', batch: many(10) });
    expect(decideBatch(many(12), rule, at(1))).toEqual({ kind: 'leave', batch: many(12).slice(0, 10) });
  });

  test('leaves after five seconds, however few they are', () => {
    expect(decideBatch(many(1), rule, at(4_999))).toEqual({ kind: 'wait', forMs: 1 });
    expect(decideBatch(many(1), rule, at(5_000))).toEqual({ kind: 'leave', batch: many(1) });
  });

  test('leaves at once when somebody waits for the end, and never empty', () => {
    expect(decideBatch(many(2), rule, at(0, true))).toEqual({ kind: 'leave', batch: many(2) });
    expect(decideBatch([], rule, at(9_999, true))).toEqual({ kind: 'wait', forMs: null });
  });

  test('leaves when it is as heavy as a batch may be, and one that is heavier goes alone', () => {
    const heavy = [pending(0, 0, 60), pending(1, 0, 60), pending(2, 0, 500), pending(3, 0, 1)];
    expect(decideBatch(heavy, rule, at(0))).toEqual({ kind: 'leave', batch: heavy.slice(0, 1) });
    expect(decideBatch(heavy.slice(2), rule, at(0))).toEqual({ kind: 'leave', batch: heavy.slice(2, 3) });
  });

  test('whatever is pending, all of it leaves in order in the end', () => {
    const sizes = fc.array(fc.nat({ max: 150 }), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 12 }), (bytes, maxObjects) => {
        const all = bytes.map((size, index) => pending(index, index, size));
        const left: Pending[] = [];
        for (let rest = all; rest.length > 0; rest = all.slice(left.length)) {
          const decision = decideBatch(rest, { ...rule, maxObjects }, at(0, true));
          if (decision.kind === 'wait') throw new Error('nothing left');
          expect(decision.batch.length).toBeGreaterThan(0);
          expect(decision.batch.length).toBeLessThanOrEqual(maxObjects);
          left.push(...decision.batch);
        }
        expect(left).toEqual(all);
      }),
    );
  });
});

describe('lag', () => {
  test('is told of each object, and never less than none', () => {
    const { version } = pending(1, 1_000);
    expect(lagOf(version, 3_500)).toEqual({ key: 'k1', versionId: 'v1', lagMs: 2_500 });
    expect(lagOf(version, 900).lagMs).toBe(0);
  });

  test('of what waits is the oldest one’s', () => {
    expect(backlogOf([pending(1, 1_000, 5), pending(2, 400, 6)], 2_000)).toEqual({
      objects: 2,
      bytes: 11,
      oldestMs: 1_600,
    });
    expect(backlogOf([], 2_000)).toEqual({ objects: 0, bytes: 0, oldestMs: null });
  });
});
