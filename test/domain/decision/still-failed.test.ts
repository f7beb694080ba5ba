import { decide } from '../../../lib/domain/decision/decide';
import { assessStillFailed } from '../../../lib/domain/decision/still-failed';
import type { Observation } from '../../../lib/domain/observation';
import { ZONE_LOSS_GRID, gridOf, observationOf, snapshotOf } from './world';

const PARTIAL = `
  az-a     o    F     o        o    o     o        o
  az-b     o    F     o        o    o     o        o
  az-c     o    F     o        o    o     o        .
  region   .    F     .        .    o     .        .`;

/** What they say later: `witness@round pg@a api@a`; the rest of the world is well. */
const later = (...lines: readonly string[]): readonly Observation[] =>
  lines.map((line) => {
    const [, witness = '', round = '', pg = '', api = ''] = /^(\S+)@(\d+) (.) (.)$/.exec(line) ?? [];
    const peer = witness === 'az-b' ? 'o' : '.';
    return observationOf(witness, [pg, api, pg, 'o', 'o', 'o', peer], Number(round));
  });

const assess = (grid: string, lines: readonly string[], withEvidence = true) => {
  const snapshot = snapshotOf(gridOf(grid));
  const decision = decide(snapshot);
  return assessStillFailed({
    topology: snapshot.topology,
    decision,
    voters: decision.voters,
    ...(withEvidence ? { evidence: snapshot.observations } : {}),
    observations: later(...lines),
  });
};

describe('§3b.9: before the first effect the accused must have failed again', () => {
  it.each([
    ['confirmed', ['az-b@101 F F', 'az-c@101 F F'], 'both voters, one round on'],
    ['confirmed', ['az-b@140 F F', 'az-c@101 F F'], 'however far on'],
    ['pending', ['az-b@100 F F', 'az-c@100 F F'], 'the very rounds of the claim prove nothing new'],
    ['pending', ['az-b@101 F F', 'az-c@100 F F'], 'one of two is not enough'],
    ['pending', ['az-b@101 F F'], 'the other is silent'],
    ['pending', ['az-b@101 F F', 'az-c@101 u u'], 'the other does not know'],
    ['pending', ['az-b@101 F F', 'az-c@101 f f'], 'the other saw an ok in between and starts anew'],
    ['pending', [], 'nobody speaks'],
    ['recovered', ['az-b@101 F F', 'az-c@101 o F'], 'a fresh ok vetoes'],
    ['recovered', ['az-b@101 F F', 'az-c@101 F F', 'region@101 o F'], 'of one that did not vote, too'],
    [
      'confirmed',
      ['az-b@101 F F', 'az-c@101 F F', 'region@100 o F'],
      'an ok no newer than the claim is old news',
    ],
    [
      'confirmed',
      ['az-b@101 F F', 'az-c@101 F F', 'az-a@101 o o'],
      'the accused zone’s own word is not heard',
    ],
  ])('%s: %j (%s)', (state, lines) => {
    expect(assess(ZONE_LOSS_GRID, lines).state).toBe(state);
  });

  it('without the evidence of the claim only its voters can be compared', () => {
    const lines = ['az-b@101 F F', 'az-c@101 F F', 'region@101 o F'];
    expect(assess(ZONE_LOSS_GRID, lines, false).state).toBe('confirmed');
  });

  it('looks at the API for a partial failure', () => {
    expect(assess(PARTIAL, ['az-b@101 o F', 'az-c@101 o F']).state).toBe('confirmed');
    expect(assess(PARTIAL, ['az-b@101 o F', 'az-c@101 o o']).state).toBe('recovered');
  });

  it('says who and what', () => {
    expect(assess(ZONE_LOSS_GRID, ['az-b@101 F F', 'az-c@101 F F']).sentence).toBe(
      'postgres in az-a failed again for az-b, az-c after the claim',
    );
    expect(assess(ZONE_LOSS_GRID, ['az-b@101 F F']).sentence).toBe(
      '1 of the 2 witnesses needed have seen postgres in az-a fail after the claim',
    );
  });

  it('has nothing to confirm for a decision without an operation', () => {
    const { topology } = snapshotOf(ZONE_LOSS_GRID);
    const decision = { scenario: 'none', operation: null } as const;
    expect(assessStillFailed({ topology, decision, voters: [], observations: [] }).state).toBe('pending');
  });
});
