import fc from 'fast-check';
import { afterQuarantine, followingOf } from '../../../lib/domain/copier/following';
import type { Held, Version } from '../../../lib/domain/copier/version';
import type { Act } from './copier-model';
import { copyUntilCrash, createTarget, listOf, wantedOf } from './copier-model';

const version = (localId: string, change: Partial<Version> = {}): Version => ({
  key: 'k',
  localId,
  identity: { zone: 'az-a', versionId: localId },
  kind: 'put',
  bytes: 1,
  atMs: Number(localId.slice(1)) * 1_000,
  ...change,
});
const held = (zone: string, versionId: string, change: Partial<Held> = {}): Held => ({
  identity: { zone, versionId },
  kind: 'put',
  etag: 'e',
  sourceAtMs: null,
  ...change,
});
const [v1, v2, d3, d4, v5] = [
  version('v1'),
  version('v2'),
  version('v3', { kind: 'delete' }),
  version('v4', { kind: 'delete' }),
  version('v5'),
];
const ids = (versions: readonly Version[]) => versions.map(({ localId }) => localId);
const followingIds = (listed: readonly Version[], target: Held | null) => {
  const following = followingOf('az-a', listed, target);
  return following.kind === 'copy' ? ids(following.versions) : following.kind;
};

describe('what a target lacks of one key', () => {
  test('is all of it, or what came after the newest version it has', () => {
    expect(followingIds([v1, v2], null)).toEqual(['v1', 'v2']);
    expect(followingIds([v1, v2], held('az-a', 'v1'))).toEqual(['v2']);
    expect(followingIds([v1, v2], held('az-a', 'v2'))).toEqual([]);
    expect(followingIds([], null)).toEqual([]);
  });

  test('is never a delete of what is deleted', () => {
    expect(followingIds([v1, d3, d4, v5], null)).toEqual(['v1', 'v3', 'v5']);
    expect(followingIds([d3, v5], null)).toEqual(['v5']);
    expect(followingIds([v1, d3, d4, v5], held('az-a', 'v3', { kind: 'delete' }))).toEqual(['v5']);
    expect(followingIds([v1, d3, d4], held('az-a', 'v3', { kind: 'delete' }))).toEqual([]);
  });

  test('is found by time when the source has dropped the version that the target has', () => {
    const target = held('az-a', 'v2', { sourceAtMs: 2_000 });
    expect(followingIds([v1, v5], target)).toEqual(['v5']);
    expect(followingIds([version('v9', { atMs: 2_000 }), v5], target)).toEqual(['v9', 'v5']);
    expect(followingIds([v1], held('az-a', 'gone'))).toEqual(['v1']);
  });

  test('is not said when the target has what the source never had', () => {
    expect(followingIds([v1, v2], held('az-b', 'b7'))).toBe('diverged');
    const back = version('b1', { identity: { zone: 'az-b', versionId: 'b7' } });
    expect(followingIds([v1, back, v5], held('az-b', 'b7'))).toEqual(['v5']);
  });
});

describe('what a target gets after its own tail was put aside', () => {
  test('is what came after the last version both have, or that one again', () => {
    expect(ids(afterQuarantine([v1, v2], v1.identity))).toEqual(['v2']);
    expect(ids(afterQuarantine([v1, v2], v2.identity))).toEqual(['v2']);
    expect(ids(afterQuarantine([v1, v2], null))).toEqual(['v1', 'v2']);
    expect(ids(afterQuarantine([], null))).toEqual([]);
  });
});

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
  }),
  { maxLength: 24 },
);
/** How many puts each life of the copier gets in before it is killed. */
const lives = fc.array(fc.nat({ max: 6 }), { maxLength: 12 });

describe('a copier that may die after any put', () => {
  test('ends with every version once, in order, however often it began anew', () => {
    fc.assert(
      fc.property(acts, lives, (all, crashes) => {
        const list = listOf('az-a', all);
        const target = createTarget();
        for (const puts of crashes) copyUntilCrash('az-a', list, target, puts);
        copyUntilCrash('az-a', list, target, Infinity);
        for (const key of new Set(all.map((act) => act.key))) {
          const got = (target.keys.get(key) ?? []).map(({ identity }) => identity.versionId);
          expect(got).toEqual(wantedOf(list, key));
        }
        expect(copyUntilCrash('az-a', list, target, Infinity)).toBe(0);
      }),
    );
  });

  test('at any point the target holds a beginning of what it ends with', () => {
    fc.assert(
      fc.property(acts, lives, (all, crashes) => {
        const target = createTarget();
        crashes.forEach((puts, index) => {
          const list = listOf('az-a', all.slice(0, index * 3));
          copyUntilCrash('az-a', list, target, puts);
          for (const [key, stored] of target.keys) {
            const got = stored.map(({ identity }) => identity.versionId);
            expect(wantedOf(listOf('az-a', all), key).slice(0, got.length)).toEqual(got);
          }
        });
      }),
    );
  });

  test('home again, the old side gets what was written away and nothing of its own twice', () => {
    fc.assert(
      fc.property(acts, acts, lives, (there, away, crashes) => {
        const atA = listOf('az-a', there);
        const b = createTarget();
        copyUntilCrash('az-a', atA, b, Infinity);
        const a = createTarget();
        for (const each of atA.filter(({ key, localId }) => wantedOf(atA, key).includes(localId)))
          a.put(each, a.held(each.key)?.identity ?? null);
        const copied = [...b.keys].flatMap(([key, stored]) =>
          stored.map(({ identity, ...rest }) => ({
            ...rest,
            key,
            identity,
            localId: `copy-of-${identity.versionId}`,
            bytes: 1,
          })),
        );
        const later = listOf('az-b', away).map((each) => ({ ...each, atMs: each.atMs + 100_000 }));
        const atB = [...copied, ...later];
        for (const puts of crashes) copyUntilCrash('az-b', atB, a, puts);
        copyUntilCrash('az-b', atB, a, Infinity);
        for (const key of new Set(atB.map((each) => each.key))) {
          const got = (a.keys.get(key) ?? []).map(({ identity }) => identity.versionId);
          expect(got).toEqual(wantedOf(atB, key));
        }
      }),
    );
  });
});
