import { createFreshness } from '../../../lambdas/probe-zone/freshness';
import { observationOf } from '../../domain/decision/world';

const at = (round: number, runId = 'run-1') => ({ ...observationOf('az-b', [], round), runId });

describe('freshness by rounds, on the own clock', () => {
  it('gives no age to what was never seen to change: it is stale', () => {
    const freshness = createFreshness();
    expect(freshness.note([at(5)], 100)).toEqual({});
    expect(freshness.note([at(5)], 900)).toEqual({});
  });

  it('counts from the moment the round was seen to change', () => {
    const freshness = createFreshness();
    freshness.note([at(5)], 100);
    expect(freshness.note([at(6)], 200)).toEqual({ 'az-b': 0 });
    expect(freshness.note([at(6)], 750)).toEqual({ 'az-b': 550 });
    expect(freshness.note([at(7)], 800)).toEqual({ 'az-b': 0 });
  });

  it('takes another run for a change, too, and ages what is not shown any more', () => {
    const freshness = createFreshness();
    freshness.note([at(5)], 100);
    expect(freshness.note([at(5, 'run-2')], 200)).toEqual({ 'az-b': 0 });
    expect(freshness.note([], 400)).toEqual({ 'az-b': 200 });
  });

  it('compares no clocks: the time written into an observation does not matter', () => {
    const freshness = createFreshness();
    freshness.note([{ ...at(5), atMs: 1 }], 100);
    expect(freshness.note([{ ...at(5), atMs: 9e12 }], 200)).toEqual({});
  });
});
