import { assessRequest } from '../../../lib/domain/decision/assess-request';
import { confidenceOf } from '../../../lib/domain/decision/confidence';
import { decide } from '../../../lib/domain/decision/decide';
import { evidenceOf } from '../../../lib/domain/quorum/evidence';
import { situationOf } from '../../../lib/domain/scenario/situation';
import type { Component } from '../../../lib/domain/topology';
import { CALM_GRID, snapshotOf, ZONE_LOSS_GRID } from './world';

/** A deployment that protects this alone. */
const onlyWith = (component: Component, grid: string) => {
  const snapshot = snapshotOf(grid);
  const components = snapshot.topology.components.filter((entry) => entry.component === component);
  return { ...snapshot, topology: { ...snapshot.topology, components } };
};

describe('a topology without PostgreSQL', () => {
  it('has no store to be sure of, and moves nothing', () => {
    expect(decide(onlyWith('api', CALM_GRID))).toMatchObject({ kind: 'none', confidence: 0 });
    expect(decide(onlyWith('api', ZONE_LOSS_GRID)).operation).toBeNull();
  });

  it('cannot be paused: a planned move is refused with what is not known', () => {
    const decision = assessRequest(onlyWith('api', CALM_GRID), { to: 'az-b', mode: 'planned', reason: 'x' });
    expect(decision.reasons).toEqual([
      {
        code: 'source-not-healthy',
        sentence: 'postgres in az-a is unknown: it cannot be paused; ask for an emergency failover instead',
        numbers: { zone: 'az-a', score: null },
      },
    ]);
    expect(decision.confidence).toBe(0);
  });
});

describe('a topology without an API', () => {
  it('takes a silent zone for lost by PostgreSQL alone', () => {
    expect(decide(onlyWith('postgres', ZONE_LOSS_GRID))).toMatchObject({
      kind: 'failover',
      scenario: 'zone-loss',
    });
  });
});

describe('a topology with one data zone', () => {
  it('has no other zone than the writer', () => {
    const snapshot = snapshotOf(CALM_GRID, { seat: { eligible: null } });
    const zones = snapshot.topology.zones.filter(({ role }) => role !== 'secondary');
    expect(situationOf({ ...snapshot, topology: { ...snapshot.topology, zones } }).other).toBe('az-a');
  });
});

describe('confidence', () => {
  it('takes a supporter whose age is not known for about to turn stale', () => {
    const evidence = { ...evidenceOf(snapshotOf(CALM_GRID)), ageMs: {} };
    const { terms } = confidenceOf(evidence, {
      supporters: ['az-b', 'az-c'],
      electorate: ['az-b', 'az-c'],
      accused: null,
    });
    expect(terms.freshness).toBe(0.5);
  });
});
