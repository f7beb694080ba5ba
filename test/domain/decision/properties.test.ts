import fc from 'fast-check';
import { decide } from '../../../lib/domain/decision/decide';
import type { Snapshot } from '../../../lib/domain/decision/snapshot';
import type { Observation } from '../../../lib/domain/observation';
import { anyGrid, anyLoss, at, columnOf, isFailing, isOk, naiveMoves, okVoters } from './oracle';
import type { Grid } from './world';
import { COLUMNS, WITNESSES, snapshotOf } from './world';

const RUNS = { numRuns: 250 };
const grids = fc.oneof(anyGrid, anyLoss);

const moves = (snapshot: Snapshot): boolean => decide(snapshot).kind === 'failover';

/** Replaces what some witnesses see of some columns. */
const changed = (grid: Grid, change: (witness: string, column: string, letter: string) => string): Grid =>
  Object.fromEntries(
    Object.entries(grid).map(([witness, row]) => [
      witness,
      row === 'silent' ? row : row.map((letter, index) => change(witness, COLUMNS[index] ?? '', letter)),
    ]),
  );

describe('an automatic failover', () => {
  it('happens exactly when the naive rules say so', () => {
    let moved = 0;
    fc.assert(
      fc.property(grids, (grid) => {
        const expected = naiveMoves(grid);
        moved += expected ? 1 : 0;
        expect(moves(snapshotOf(grid))).toBe(expected);
      }),
      { numRuns: 1_000, seed: 7 },
    );
    expect(moved).toBeGreaterThan(50);
  });

  it('is never caused by unknown alone (I9)', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const noFailure = changed(grid, (_witness, _column, letter) =>
          'FfTx'.includes(letter) ? 'u' : letter,
        );
        expect(moves(snapshotOf(noFailure))).toBe(false);
      }),
      RUNS,
    );
  });

  it('is never caused by failures that are not confirmed', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        expect(moves(snapshotOf(changed(grid, (_w, _c, letter) => (isFailing(letter) ? 'f' : letter))))).toBe(
          false,
        );
      }),
      RUNS,
    );
  });

  it.each(WITNESSES)('is never caused by %s alone', (single) => {
    fc.assert(
      fc.property(grids, (grid) => {
        const others = changed(grid, (witness, _column, letter) =>
          witness === single || !isFailing(letter) ? letter : 'u',
        );
        expect(moves(snapshotOf(others))).toBe(false);
      }),
      RUNS,
    );
  });

  it('is never caused by the witnesses of the two data zones alone', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const inside = changed(grid, (witness, _column, letter) =>
          witness === 'az-a' || witness === 'az-b' || !isFailing(letter) ? letter : 'u',
        );
        expect(moves(snapshotOf(inside))).toBe(false);
      }),
      RUNS,
    );
  });

  it('is vetoed by any fresh ok on what is accused, from outside the zone', () => {
    const lossWithVeto = fc.tuple(
      anyLoss,
      fc.constantFrom('az-b', 'az-c', 'region'),
      fc.constantFrom('o', 'n', 's'),
    );
    fc.assert(
      fc.property(lossWithVeto, ([grid, vetoer, ok]) => {
        const vetoed = changed(
          { ...grid, ...(grid[vetoer] === 'silent' ? { [vetoer]: COLUMNS.map(() => 'u') } : {}) },
          (witness, column, letter) =>
            witness === vetoer && (column === 'pg@a' || column === 'api@a') ? ok : letter,
        );
        expect(moves(snapshotOf(vetoed))).toBe(false);
      }),
      RUNS,
    );
  });

  it('is never made by taking evidence away, other than a veto', () => {
    const removal = fc.tuple(
      grids,
      fc.array(fc.tuple(fc.constantFrom(...WITNESSES), fc.constantFrom(...COLUMNS))),
      fc.array(fc.constantFrom(...WITNESSES)),
    );
    fc.assert(
      fc.property(removal, ([grid, cells, rows]) => {
        const vetoes = new Set([...okVoters(grid, 'postgres', 'az-a'), ...okVoters(grid, 'api', 'az-a')]);
        const isVeto = (witness: string, column: string): boolean =>
          (column === columnOf('postgres', 'az-a') || column === columnOf('api', 'az-a')) &&
          isOk(at(grid, witness, column));
        const thinned = changed(grid, (witness, column, letter) =>
          cells.some(([w, c]) => w === witness && c === column) && !isVeto(witness, column) ? '.' : letter,
        );
        const silenced = Object.fromEntries(
          Object.entries(thinned).map(([witness, row]) => [
            witness,
            rows.some((one) => one === witness) && !vetoes.has(witness) ? ('silent' as const) : row,
          ]),
        );
        if (!moves(snapshotOf(grid))) expect(moves(snapshotOf(silenced))).toBe(false);
      }),
      { numRuns: 800 },
    );
  });

  it('is not made more confident by taking evidence away', () => {
    fc.assert(
      fc.property(anyLoss, fc.constantFrom(...WITNESSES), (grid, gone) => {
        const before = decide(snapshotOf(grid));
        const after = decide(snapshotOf({ ...grid, [gone]: 'silent' }));
        if (before.scenario === after.scenario && after.kind === 'failover')
          expect(after.confidence).toBeLessThanOrEqual(before.confidence);
      }),
      RUNS,
    );
  });

  it('never goes to a zone that is not eligible, in the cooldown, over a running operation, or with automatic off', () => {
    const barred = fc.constantFrom(
      { seat: { eligible: null } },
      { seat: { cooldownUntilMs: Number.MAX_SAFE_INTEGER } },
      { policy: { automatic: 'off' as const } },
      { policy: { automatic: 'shadow' as const } },
    );
    fc.assert(
      fc.property(grids, barred, (grid, setting) => {
        expect(moves(snapshotOf(grid, setting))).toBe(false);
      }),
      RUNS,
    );
  });
});

describe('I12: replayable', () => {
  const frozen = <T>(value: T): T => {
    if (value !== null && typeof value === 'object') Object.values(Object.freeze(value)).forEach(frozen);
    return value;
  };

  it('the same snapshot gives the same decision, and is not touched', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const snapshot = frozen(snapshotOf(grid));
        expect(decide(JSON.parse(JSON.stringify(snapshot)) as Snapshot)).toEqual(decide(snapshot));
      }),
      RUNS,
    );
  });

  it('the order of the observations and of their targets changes nothing', () => {
    const keyed = fc.tuple(grids, fc.infiniteStream(fc.nat()));
    fc.assert(
      fc.property(keyed, ([grid, keys]) => {
        const shuffled = <T>(values: readonly T[]): readonly T[] =>
          values
            .map((value) => ({ value, key: keys.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ value }) => value);
        const snapshot = snapshotOf(grid);
        const observations = shuffled(snapshot.observations).map((seen): Observation => ({
          ...seen,
          targets: shuffled(seen.targets),
        }));
        expect(decide({ ...snapshot, observations })).toEqual(decide(snapshot));
      }),
      RUNS,
    );
  });
});

describe('a degrade', () => {
  it('never happens unless a witness outside both data zones sees the primary alive (§3b.5)', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const { kind, operation } = decide(snapshotOf(grid));
        const degrades = kind === 'act' && operation?.kind === 'degrade';
        if (degrades)
          expect(['az-c', 'region'].some((witness) => isOk(at(grid, witness, 'pg@a')))).toBe(true);
      }),
      RUNS,
    );
  });
});
