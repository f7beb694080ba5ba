import fc from 'fast-check';
import type { Component } from '../../../lib/domain/topology';
import { electorateOf, isQuorum, majorityOf } from '../../../lib/domain/quorum/electorate';
import { evidenceOf } from '../../../lib/domain/quorum/evidence';
import { judgeAll, verdictOn } from '../../../lib/domain/quorum/judge';
import {
  CALM_GRID,
  ZONE_LOSS_GRID,
  observationOf,
  replicationWith,
  snapshotOf,
  topologyWith,
} from '../decision/world';
import { anyGrid, naiveFailed } from '../decision/oracle';

const verdictsOf = (grid: string) => judgeAll(evidenceOf(snapshotOf(grid)));

const verdictOf = (grid: string, component: Component = 'postgres', zone = 'az-a') => {
  const verdict = verdictOn(verdictsOf(grid), { component, zone });
  if (verdict === undefined) throw new Error('no such verdict');
  return verdict;
};

describe('the electorate is fixed: who can see it, but the accused zone’s own', () => {
  it.each([
    ['postgres', 'az-a', ['az-b', 'az-c'], 2],
    ['postgres', 'az-b', ['az-a', 'az-c'], 2],
    ['api', 'az-a', ['az-b', 'az-c', 'region'], 2],
    ['redis', 'az-a', [], 2],
  ] as const)('%s in %s: %j, needed %i', (component, zone, electorate, needed) => {
    const found = electorateOf(topologyWith(), { component, zone });
    expect(found).toEqual(electorate);
    expect(majorityOf(found)).toBe(needed);
  });

  it('needs one from outside all data zones, also where the others are a majority', () => {
    const { zones, ...rest } = topologyWith();
    const topology = { ...rest, zones: [...zones, { id: 'az-d', role: 'secondary' as const }] };
    const electorate = ['az-b', 'az-c', 'az-d'];
    expect(isQuorum(topology, electorate, ['az-b', 'az-d'])).toBe(false);
    expect(isQuorum(topology, electorate, ['az-b', 'az-c'])).toBe(true);
  });

  it('never lets one alone decide, and needs more than half of four', () => {
    expect(majorityOf(['az-c'])).toBe(2);
    expect(majorityOf(['a', 'b', 'c', 'd'])).toBe(3);
  });
});

//                                   pg@a api@a host@a   pg@b api@b host@b   peer@c
const PG = (b: string, c: string, a = 'o o o  o o o  o') => `
  az-a                               ${a}
  az-b                               ${b}
  az-c                               ${c}
  region                             .    o     .        .    o     .        .`;

describe('the verdict on postgres in az-a', () => {
  it.each([
    ['healthy', 'both electors have an answer', PG('o o o o o o o', 'o o o o o o .')],
    [
      'failed',
      'both confirm: the word of az-a itself is not asked for',
      PG('F o o o o o o', 'F o o o o o .'),
    ],
    ['degraded', 'one ok vetoes', PG('F o o o o o o', 'o o o o o o .')],
    [
      'degraded',
      'one confirms, the other has not reached the threshold',
      PG('F o o o o o o', 'f o o o o o .'),
    ],
    ['degraded', 'nobody has reached the threshold', PG('f o o o o o o', 'f o o o o o .')],
    ['degraded', 'one confirms, the other does not know', PG('F o o o o o o', 'u o o o o o .')],
    ['degraded', 'one confirms, the other is silent', PG('F o o o o o o', 'silent')],
    ['unknown', 'both say unknown: I9', PG('u o o o o o o', 'u o o o o o .')],
    ['unknown', 'both are silent', PG('silent', 'silent')],
    ['unknown', 'nobody watches it', PG('. o o o o o o', '. o o o o o .')],
    [
      'degraded',
      'az-b reaches nothing but az-a and itself: it abstains',
      PG('F F F o o o F', 'F o o o o o .'),
    ],
    ['degraded', 'az-c reaches nothing in az-b: it abstains', PG('F F F o o o o', 'F F F F F F .')],
    [
      'degraded',
      'az-c does not know whether it reaches az-b: it abstains',
      PG('F F F o o o o', 'F F F u u u .'),
    ],
    [
      'degraded',
      'az-b was to look at az-c and reports nothing: no excuse',
      PG('F F F o o o .', 'F F F o o o .'),
    ],
    ['degraded', 'the primary shows no working standby', PG('s o o o o o o', 's o o o o o .')],
  ])('%s: %s', (state, _why, grid) => {
    expect(verdictOf(grid).state).toBe(state);
  });

  it('says pending and no-quorum apart', () => {
    expect(verdictOf(PG('f o o o o o o', 'f o o o o o .')).reasons[0]).toMatch(
      /^pending: az-b sees 1 failed/,
    );
    expect(verdictOf(PG('F o o o o o o', 'u o o o o o .')).reasons[0]).toMatch(
      /^no-quorum: 1 of 2 say failed/,
    );
  });

  it('is degraded on a low score although it answers', () => {
    const snapshot = snapshotOf(PG('o o o o o o o', 'o o o o o o .'));
    const observations = snapshot.observations.map((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({ ...target, recent: 'fofofofofo' })),
    }));
    const verdict = judgeAll(evidenceOf({ ...snapshot, observations }))[0];
    expect(verdict).toMatchObject({ component: 'postgres', zone: 'az-a', state: 'degraded', score: 76 });
  });

  it('carries the votes, the worst lag and the terms of the score', () => {
    const snapshot = snapshotOf(PG('o o o o o o o', 'o o o o o o .'));
    const lags: Record<string, number> = { 'az-a': 0.5, 'az-c': 1.5 };
    const observations = snapshot.observations.map((seen) => ({
      ...seen,
      targets: seen.targets.map((target) =>
        target.kind === 'postgres'
          ? {
              ...target,
              latest: {
                ...target.latest,
                replication: replicationWith({ lagSeconds: lags[seen.witness] ?? null }),
              },
            }
          : target,
      ),
    }));
    const verdict = verdictOn(judgeAll(evidenceOf({ ...snapshot, observations })), {
      component: 'postgres',
      zone: 'az-b',
    });
    expect(verdict).toMatchObject({
      lagSeconds: 1.5,
      votes: { 'az-a': 'ok', 'az-c': 'ok' },
      scoreTerms: { success: 1, answering: 1, latency: 1, lag: 1 },
    });
  });
});

describe('the verdict on the API in az-a', () => {
  const API = (b: string, c: string, region: string) => `
    az-a     silent
    az-b     o ${b} o  o o o  o
    az-c     o ${c} o  o o o  .
    region   . ${region} .  . o .  .`;

  it.each([
    ['failed', 'F', 'F', 'F', 'all three'],
    ['failed', 'F', 'u', 'F', 'two of three, the Region from outside'],
    ['failed', 'u', 'F', 'F', 'two of three, both from outside'],
    ['degraded', 'F', 'u', 'u', 'one of three'],
    ['degraded', 'F', 'F', 'o', 'an ok from the Region vetoes'],
  ])('%s: az-b %s, az-c %s, region %s (%s)', (state, b, c, region) => {
    expect(verdictOf(API(b, c, region), 'api').state).toBe(state);
  });
});

describe('who may be heard', () => {
  it('an ok of a witness that is no elector vetoes, its failure counts for nothing', () => {
    const vetoed = ZONE_LOSS_GRID.replace('region          .', 'region          o');
    expect(verdictOf(vetoed)).toMatchObject({ state: 'degraded', votes: { region: 'ok' } });
    const alone = PG('u o o o o o o', 'F o o o o o .').replace(
      'region                             .',
      'region F',
    );
    expect(verdictOf(alone).state).toBe('degraded');
    expect(verdictOf(alone).votes).not.toHaveProperty('region');
  });

  it('a witness the topology does not know is not heard', () => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const stranger = { ...observationOf('az-x', ['o', 'o', 'o', 'o', 'o', 'o', 'o']) };
    const evidence = evidenceOf({
      ...snapshot,
      observations: [...snapshot.observations, stranger],
      ageMs: { ...snapshot.ageMs, 'az-x': 0 },
    });
    expect(verdictOn(judgeAll(evidence), { component: 'postgres', zone: 'az-a' })?.state).toBe('failed');
  });

  it.each<[number | undefined, string, string]>([
    [1_000, 'failed', 'as old as the policy allows'],
    [1_001, 'degraded', 'stale: it abstains'],
    [undefined, 'degraded', 'never seen to change: stale'],
  ])('a witness whose round is %s ms old → %s (%s)', (age, state) => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const others = Object.entries(snapshot.ageMs).filter(([witness]) => witness !== 'az-c');
    const ageMs = Object.fromEntries(age === undefined ? others : [...others, ['az-c', age]]);
    const verdict = verdictOn(judgeAll(evidenceOf({ ...snapshot, ageMs })), {
      component: 'postgres',
      zone: 'az-a',
    });
    expect(verdict?.state).toBe(state);
  });

  it('of two loops of one witness the higher round counts, then the later run', () => {
    const snapshot = snapshotOf(ZONE_LOSS_GRID);
    const well = ['o', 'o', 'o', 'o', 'o', 'o', '.'];
    const withSecond = (round: number, runId: string) =>
      verdictOn(
        judgeAll(
          evidenceOf({
            ...snapshot,
            observations: [{ ...observationOf('az-c', well, round), runId }, ...snapshot.observations],
          }),
        ),
        { component: 'postgres', zone: 'az-a' },
      )?.state;
    expect(withSecond(99, 'run-z')).toBe('failed');
    expect(withSecond(101, 'run-a')).toBe('degraded');
    expect(withSecond(100, 'run-z')).toBe('degraded');
    expect(withSecond(100, 'run-a')).toBe('failed');
  });
});

it('agrees with a naive reading of the grid, for any grid', () => {
  fc.assert(
    fc.property(anyGrid, (grid) => {
      for (const verdict of judgeAll(evidenceOf(snapshotOf(grid))))
        expect([verdict.component, verdict.zone, verdict.state === 'failed']).toEqual([
          verdict.component,
          verdict.zone,
          naiveFailed(grid, verdict.component, verdict.zone),
        ]);
    }),
    { numRuns: 500 },
  );
});

it('finds nothing wrong on a calm day', () => {
  expect(verdictsOf(CALM_GRID).map(({ state }) => state)).toEqual([
    'healthy',
    'healthy',
    'healthy',
    'healthy',
  ]);
});
