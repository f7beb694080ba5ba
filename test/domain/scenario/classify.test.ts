import { classify } from '../../../lib/domain/scenario/classify';
import { SCENARIO_RULES } from '../../../lib/domain/scenario/rules';
import { situationOf } from '../../../lib/domain/scenario/situation';
import type { Setting } from '../decision/world';
import { CALM_GRID, OK, ZONE_LOSS_GRID, snapshotOf } from '../decision/world';
import { expectAccepted } from '../../support/golden';
import { EVIDENCE_DOCUMENT, evidenceDocument } from './evidence-document';
import { AWAY, SCENES } from './scenes';

const classified = (grid: string, setting: Setting = {}) => {
  const { name, action } = classify(situationOf(snapshotOf(grid, setting)));
  return `${name} → ${action}`;
};

describe('what the evidence adds up to', () => {
  it.each(SCENES)('$is: $title', ({ grid, setting, is }) => {
    expect(classified(grid, setting)).toBe(is);
  });
});

it('the writer’s own witness has a veto on a return, also against a majority that sees it', () => {
  const grid = `
      az-a     silent
      az-b     F    F     F        o    o     o        o
      az-c     o    o     o        o    o     o        .
      region   o    o     o        .    o     .        .`;
  const snapshot = snapshotOf(grid, AWAY);
  const everybody = snapshot.topology.components.map((entry) => ({
    ...entry,
    seenBy: ['az-a', 'az-b', 'az-c', 'region'],
  }));
  const topology = { ...snapshot.topology, components: everybody };
  expect(classify(situationOf({ ...snapshot, topology })).name).toBe('network-partition');
  const speechless = { ...snapshot.ageMs, 'az-b': Number.POSITIVE_INFINITY };
  expect(classify(situationOf({ ...snapshot, topology, ageMs: speechless })).name).toBe('standby-returned');
});

describe('overload is no failure', () => {
  const withStalls = (late: readonly string[], grid = CALM_GRID): string => {
    const snapshot = snapshotOf(grid);
    const observations = snapshot.observations.map((seen) => ({
      ...seen,
      stalledMs: late.includes(seen.witness) ? 76 : 75,
    }));
    return classify(situationOf({ ...snapshot, observations })).name;
  };

  it.each([
    [['az-a', 'az-b', 'az-c'], 'overload', 'three of four ran late'],
    [['az-a', 'az-b'], 'none', 'half of them is not most'],
    [[], 'none', 'nobody did'],
  ])('late: %j → %s (%s)', (late, name) => {
    expect(withStalls(late)).toBe(name);
  });

  it('never masks a quorum: who was late abstains with unknown, who was refused was not', () => {
    expect(withStalls(['az-b', 'az-c', 'region'], ZONE_LOSS_GRID)).toBe('zone-loss');
  });

  it.each([
    [25, 'overload', 'five times the floor of the baseline, everywhere'],
    [24, 'none', 'slower than usual, not by enough'],
  ])('every answer takes %i ms → %s (%s)', (latencyMs, name) => {
    const snapshot = snapshotOf(CALM_GRID);
    const observations = snapshot.observations.map((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({ ...target, latest: { ...OK, latencyMs } })),
    }));
    expect(classify(situationOf({ ...snapshot, observations })).name).toBe(name);
  });
});

describe('the table', () => {
  it('has a comment, a pattern and an action in every row, and rows that move PostgreSQL first', () => {
    for (const row of SCENARIO_RULES)
      expect([row.evidence.length > 20, row.why.length > 20]).toEqual([true, true]);
    const actions = SCENARIO_RULES.map(({ action }) => action);
    expect(actions.slice(0, 6)).toEqual([
      'failover-emergency',
      'failover-emergency',
      'failover-planned',
      'degrade',
      'failover-emergency',
      'rejoin',
    ]);
    expect(new Set(actions.slice(6))).toEqual(new Set(['none']));
  });

  it('names none when no row matches', () => {
    expect(classify(situationOf(snapshotOf(ZONE_LOSS_GRID)), [])).toEqual({
      name: 'none',
      action: 'none',
      match: null,
      rule: null,
    });
  });
});

it(`what is said of each scene is ${EVIDENCE_DOCUMENT}; after a change: EVAC_GOLDEN=write`, () => {
  expectAccepted(EVIDENCE_DOCUMENT, evidenceDocument());
});
