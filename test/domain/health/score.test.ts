import { latencyRatio, scoreOf, zoneScore } from '../../../lib/domain/health/score';
import { theilSenSlope, trendOf, trendTermsOf } from '../../../lib/domain/health/trend';
import { median } from '../../../lib/domain/health/median';
import type { TargetObservation } from '../../../lib/domain/observation';
import type { Verdict } from '../../../lib/domain/decision/decision';
import { FAILED, OK, UNKNOWN, replicationWith, topologyWith } from '../decision/world';

const [POSTGRES, API] = topologyWith().components;
if (POSTGRES === undefined || API === undefined) throw new Error('the tests need both components');

const seen = (
  recent: string,
  latencyMs: number | null = 2,
  lagSeconds: number | null = null,
): TargetObservation => ({
  kind: 'postgres',
  zone: 'az-b',
  latest: { ...OK, latencyMs, replication: replicationWith({ lagSeconds }) },
  consecutiveFailed: 0,
  confirmed: false,
  recent,
  baselineLatencyMs: 10,
  roundsWithoutStandby: 0,
});

const OOO = 'o'.repeat(20);

const dead = (rounds: number): TargetObservation => ({
  ...seen(OOO + 'f'.repeat(rounds)),
  latest: FAILED,
});

describe('the score: 40 success, 30 answering, 15 latency, 15 lag, over the terms that are known', () => {
  it.each<[readonly TargetObservation[], number | null, string]>([
    [[seen(OOO, 10, 0)], 100, 'all is well'],
    [[seen('oofoo', 10, 0)], 92, 'one round of five failed: 0.8 × 40 + 60'],
    [[seen('oouuo', 10, 0)], 100, 'unknown rounds are left out'],
    [[seen(`${'f'.repeat(40)}${OOO}`, 10, 0)], 100, 'only the last twenty rounds count'],
    [[seen(OOO, 20, 0)], 100, 'twice the baseline is not slow'],
    [[seen(OOO, 60, 0)], 93, 'six times the baseline: half of the latency marks'],
    [[seen(OOO, 500, 0)], 85, 'fifty times: none of them'],
    [[seen(OOO, 10, 15)], 100, 'half of the lag limit (30 s) is full marks'],
    [[seen(OOO, 10, 22.5)], 93, 'three quarters of it: half of the lag marks'],
    [[seen(OOO, 10, 90)], 85, 'beyond it: none'],
    [[seen(OOO, 60, null)], 91, 'lag not known: (40 + 30 + 7.5) of 85'],
    [[seen(OOO, null, null)], 100, 'latency not known, either: 70 of 70'],
    [[seen(OOO, 10, 0), dead(20)], 65, 'two witnesses disagree: half of success and of answering'],
    [[dead(3)], 49, 'a good while and then three failed rounds: below failing'],
    [[dead(20)], 0, 'nothing for twenty rounds'],
    [[{ ...seen(`${OOO}u`), latest: UNKNOWN }], 100, 'an unknown round takes nothing away'],
    [[seen('uuu', 10, 0)], null, 'nothing was judged: no score'],
    [[], null, 'nobody looks: no score'],
  ])('%#: %j', (targets, wanted) => {
    expect(scoreOf(targets, POSTGRES).score).toBe(wanted);
  });

  it('shows its terms, and gives a component without a sync policy no lag term', () => {
    expect(scoreOf([seen(OOO, 60, 22.5)], POSTGRES).terms).toEqual({
      success: 1,
      answering: 1,
      latency: 0.5,
      lag: 0.5,
    });
    expect(scoreOf([seen(OOO, 60, 22.5)], API).terms).toEqual({ success: 1, answering: 1, latency: 0.5 });
  });

  it('takes no sub-millisecond change for slowness', () => {
    expect(latencyRatio({ ...seen(OOO, 5), baselineLatencyMs: 0.3 })).toBe(1);
    expect(latencyRatio({ ...seen(OOO, 5), baselineLatencyMs: null })).toBeNull();
  });

  it('weighs the zone by its components and leaves out what is not known', () => {
    const verdicts = [
      { component: 'postgres', zone: 'az-a', score: 100 },
      { component: 'api', zone: 'az-a', score: 60 },
      { component: 'postgres', zone: 'az-b', score: null },
      { component: 'api', zone: 'az-b', score: 40 },
      { component: 'redis', zone: 'az-b', score: 0 },
    ] as unknown as readonly Verdict[];
    expect(zoneScore(verdicts, 'az-a', topologyWith())).toBe(90);
    expect(zoneScore(verdicts, 'az-b', topologyWith())).toBe(40);
    expect(zoneScore(verdicts, 'az-c', topologyWith())).toBeNull();
  });
});

describe('the trend: Theil–Sen over the smoothed success, flat within half a point a round', () => {
  const trendAt = (recent: string, score: number | null = 80) => trendOf([seen(recent)], score, 1000);

  it.each([
    [OOO, 'stable', 'nothing changes'],
    ['f'.repeat(20), 'stable', 'nothing changes for the worse, either'],
    ['oooooofooooooooooooo', 'stable', 'one lost probe is no trend'],
    ['oooooooofoofofoffofff', 'degrading', 'more and more of them are'],
    ['fffofofoffoofooooooo', 'improving', 'fewer and fewer'],
    ['ooooo', 'unknown', 'too few rounds to say'],
    ['u'.repeat(30), 'unknown', 'nobody judged any'],
  ])('%s → %s: %s', (recent, wanted) => {
    expect(trendAt(recent).trend).toBe(wanted);
  });

  it('forecasts when the score falls below 50, and only when it falls', () => {
    const falling = 'oooooooofoofofoffofff';
    const at80 = trendAt(falling, 80).forecastSeconds ?? Number.NaN;
    const at65 = trendAt(falling, 65).forecastSeconds ?? Number.NaN;
    expect(at80).toBeCloseTo(2 * at65, 0);
    expect(trendAt(falling, 50).forecastSeconds).toBeNull();
    expect(trendAt(falling, null).forecastSeconds).toBeNull();
    expect(trendAt(OOO).forecastSeconds).toBeNull();
  });

  it('is read from a running mean of five over the last twenty rounds, and forecasts in seconds', () => {
    const falling = 'oooooooofoofofoffofff';
    expect(trendTermsOf([seen(falling)])).toEqual({ points: 16, slopePointsPerRound: -60 / 11 });
    expect(trendOf([seen(falling)], 80, 1000).forecastSeconds).toBe(5.5);
    expect(trendOf([seen(falling)], 80, 200).forecastSeconds).toBe(1.1);
    expect(trendTermsOf([seen('oooooofff')])).toMatchObject({ points: 5, slopePointsPerRound: null });
    expect(trendTermsOf([seen('ooooooofff')]).points).toBe(6);
    expect(trendOf([seen('oooooofff')], 80, 1000)).toEqual({ trend: 'unknown', forecastSeconds: null });
  });

  it('is not moved by outliers', () => {
    expect(theilSenSlope([0, 1, 2, 3, 4, 5])).toBe(1);
    expect(theilSenSlope([0, 1, 90, 3, 4, 5])).toBe(1);
    expect(theilSenSlope([7])).toBeNull();
  });

  it('takes the mean of the two middle values', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNull();
  });
});
