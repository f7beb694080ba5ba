import fc from 'fast-check';
import type { Cursor } from '../../../lib/domain/copier/cursor';
import {
  claimed,
  emptied,
  emptying,
  isBeingEmptied,
  noProgress,
  nothingDone,
  paused,
  raised,
  reported,
  requireTerm,
  turnedToStandby,
  turnedToWriter,
} from '../../../lib/domain/copier/cursor';
import { StaleEpoch } from '../../../lib/domain/errors';

const standby: Cursor = {
  epoch: 3,
  zone: 'az-b',
  side: 'standby',
  writer: 'az-a',
  standby: '',
  timeline: 1,
  since: 3,
  holder: 'one',
  mark: null,
  isPaused: false,
  emptiedAt: 0,
  progress: { ...noProgress, sweeps: 4, objects: 7, drained: 'm' },
};
const term = { from: 'az-a', epoch: 3, holder: 'one' };
const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof StaleEpoch ? 'stale' : String((error as { code?: unknown }).code);
  }
};

describe('a cursor', () => {
  test('only grows in its epoch', () => {
    expect(raised(standby, 3)).toEqual(standby);
    expect(raised(standby, 9).epoch).toBe(9);
    expect(() => raised(standby, 2)).toThrow(
      'epoch 2 refused in az-b: epoch 3 is in force there; read the seat again',
    );
  });

  test('turned to writing takes no copies any more; twice is as once', () => {
    const writer = turnedToWriter(standby, 4);
    expect(writer).toMatchObject({ side: 'writer', writer: 'az-b', timeline: 2, since: 4, holder: null });
    expect(turnedToWriter(writer, 5)).toEqual({ ...writer, epoch: 5 });
    expect(codeOf(() => requireTerm(writer, { ...term, epoch: 4 }))).toBe('not-a-standby');
    expect(codeOf(() => claimed(writer, 'az-a', 'two'))).toBe('not-a-standby');
    expect(() => claimed(writer, 'az-a', 'two')).toThrow(
      'az-b takes no copies from az-a at epoch 4: it writes itself',
    );
  });

  test('turned to following begins at the beginning; twice is as once', () => {
    const writer = turnedToWriter(standby, 4);
    const back = turnedToStandby(writer, 'az-a', 5);
    expect(back).toMatchObject({ side: 'standby', writer: 'az-a', since: 5, timeline: 2, holder: null });
    expect(back.progress).toEqual(noProgress);
    const copied = reported(claimed(back, 'az-a', 'x'), { ...term, epoch: 5, holder: 'x' }, null, {
      ...nothingDone,
      objects: 2,
    });
    expect(turnedToStandby(copied, 'az-a', 6)).toEqual({ ...copied, epoch: 6 });
    expect(turnedToStandby(copied, 'az-c', 6)).toMatchObject({ writer: 'az-c', since: 6 });
    expect(codeOf(() => turnedToStandby(copied, 'az-a', 4))).toBe('stale');
  });

  test('lets one copier in at a time, at the epoch in force and from the zone it follows', () => {
    expect(() => requireTerm(standby, term)).not.toThrow();
    expect(codeOf(() => requireTerm(standby, { ...term, epoch: 2 }))).toBe('stale');
    expect(codeOf(() => requireTerm(standby, { ...term, epoch: 4 }))).toBe('stale');
    expect(codeOf(() => requireTerm(standby, { ...term, holder: 'other' }))).toBe('superseded');
    expect(codeOf(() => requireTerm(standby, { ...term, from: 'az-c' }))).toBe('not-a-standby');
    const next = claimed(standby, 'az-a', 'two');
    expect(codeOf(() => requireTerm(next, term))).toBe('superseded');
    expect(codeOf(() => requireTerm({ ...standby, holder: null }, term))).toBe('superseded');
    expect(() => requireTerm(next, { ...term, holder: 'two' })).not.toThrow();
  });

  test('adds what was done to what was said, and takes neither from a copier whose term is over', () => {
    const report = {
      sweepKey: 'k',
      sweeps: 5,
      drained: null,
      levelAgeMs: 10,
      pendingObjects: 1,
      pendingBytes: 2,
    };
    const done = { batches: 1, objects: 3, bytes: 30, quarantined: 1 };
    expect(reported(standby, term, report, done).progress).toEqual({
      ...report,
      batches: 1,
      objects: 10,
      bytes: 30,
      quarantined: 1,
    });
    expect(reported(standby, term, null, nothingDone)).toEqual(standby);
    expect(codeOf(() => reported(standby, { ...term, holder: 'late' }, report, done))).toBe('superseded');
  });

  test('paused lets nobody in and keeps what is there, until it is turned again', () => {
    const held = paused(standby, 4);
    expect(held).toEqual({ ...standby, epoch: 4, isPaused: true });
    expect(codeOf(() => claimed(held, 'az-a', 'two'))).toBe('paused');
    expect(codeOf(() => requireTerm(held, { ...term, epoch: 4 }))).toBe('paused');
    expect(codeOf(() => claimed(held, 'az-c', 'two'))).toBe('not-a-standby');
    expect(turnedToStandby(held, 'az-a', 5)).toEqual({ ...standby, epoch: 5 });
    expect(turnedToWriter(held, 5).isPaused).toBe(false);
    expect(codeOf(() => paused(standby, 2))).toBe('stale');
    expect(codeOf(() => paused(turnedToWriter(standby, 4), 4))).toBe('not-standby');
  });

  test('emptied follows from the beginning, and lets a copier in only once that is done', () => {
    const begun = emptying(standby, 'az-a', 5);
    expect(begun).toMatchObject({ epoch: 5, since: 5, writer: 'az-a', holder: null, progress: noProgress });
    expect(codeOf(() => claimed(begun, 'az-a', 'two'))).toBe('paused');
    expect(isBeingEmptied(begun, 5)).toBe(true);
    const ended = emptied(begun, 5);
    expect(() => claimed(ended, 'az-a', 'two')).not.toThrow();
    for (const other of [ended, paused(standby, 5), turnedToWriter(begun, 6), { ...begun, emptiedAt: 5 }])
      expect(isBeingEmptied(other, 5)).toBe(false);
    expect(isBeingEmptied({ ...begun, since: 4 }, 5)).toBe(false);
    expect(codeOf(() => emptied(turnedToWriter(begun, 6), 5))).toBe('stale');
  });

  test('whatever is asked of it in whatever order, an older epoch changes nothing', () => {
    const asks = fc.array(
      fc.record({ epoch: fc.nat({ max: 20 }), what: fc.constantFrom('writer', 'standby', 'raise') }),
    );
    fc.assert(
      fc.property(asks, (all) => {
        let now: Cursor = standby;
        for (const { epoch, what } of all) {
          const ask = () =>
            what === 'writer'
              ? turnedToWriter(now, epoch)
              : what === 'standby'
                ? turnedToStandby(now, 'az-a', epoch)
                : raised(now, epoch);
          if (epoch < now.epoch) expect(codeOf(ask)).toBe('stale');
          else now = ask();
          expect(now.since).toBeLessThanOrEqual(now.epoch);
        }
      }),
    );
  });
});
