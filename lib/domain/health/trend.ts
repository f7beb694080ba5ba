import type { Trend as TrendName } from '../decision/decision';
import { Trend } from '../decision/decision';
import type { TargetObservation } from '../observation';
import { mean, median } from './median';
import { FAILING_SCORE } from './score';

/** Rounds the slope is taken over, and the running mean that smooths ok/failed into a curve. */
const TREND_WINDOW_ROUNDS = 20;
const SMOOTHING_ROUNDS = 5;
/** Fewer points than this have no trend. */
const MINIMUM_POINTS = 6;
/** The flat band: half a point a round either way, ten points over the window, is called stable. */
export const FLAT_BAND_POINTS_PER_ROUND = 0.5;

/** Theil–Sen: the median of the slopes between all pairs; up to 29 % of the points may be outliers. Null under two. */
export const theilSenSlope = (values: readonly number[]): number | null => {
  const slopes: number[] = [];
  values.forEach((from, i) =>
    values.slice(i + 1).forEach((to, gap) => {
      slopes.push((to - from) / (gap + 1));
    }),
  );
  return median(slopes);
};

/** Success in per cent, `back` rounds before the latest, over the witnesses that judged it. */
const successAt = (targets: readonly TargetObservation[], back: number): number | null =>
  mean(
    targets.flatMap(({ recent }) => {
      const letter = recent[recent.length - 1 - back];
      return letter === 'o' ? [100] : letter === 'f' ? [0] : [];
    }),
  );

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Oldest first, rounds that nobody judged left out, smoothed by a running mean. */
const curve = (targets: readonly TargetObservation[]): readonly number[] => {
  const raw = Array.from({ length: TREND_WINDOW_ROUNDS }, (_, index) =>
    successAt(targets, TREND_WINDOW_ROUNDS - 1 - index),
  ).flatMap((value) => value ?? []);
  return raw
    .map((_, index) => average(raw.slice(Math.max(0, index - SMOOTHING_ROUNDS + 1), index + 1)))
    .slice(Math.min(SMOOTHING_ROUNDS - 1, raw.length));
};

const nameOf = (slope: number): TrendName => {
  if (Math.abs(slope) <= FLAT_BAND_POINTS_PER_ROUND) return Trend.stable;
  return slope < 0 ? Trend.degrading : Trend.improving;
};

export interface TrendTerms {
  /** Points of the smoothed curve; under six there is no slope. */
  readonly points: number;
  /** Percentage points of success a round; null without a trend. */
  readonly slopePointsPerRound: number | null;
}

/** What the trend is read from. */
export const trendTermsOf = (targets: readonly TargetObservation[]): TrendTerms => {
  const points = curve(targets);
  const slopePointsPerRound = points.length < MINIMUM_POINTS ? null : theilSenSlope(points);
  return { points: points.length, slopePointsPerRound };
};

/** Where the success of a component is going, and when its score would fall to 50 at that pace. */
export const trendOf = (
  targets: readonly TargetObservation[],
  score: number | null,
  checkIntervalMs: number,
): { readonly trend: TrendName; readonly forecastSeconds: number | null } => {
  const { slopePointsPerRound: slope } = trendTermsOf(targets);
  if (slope === null) return { trend: Trend.unknown, forecastSeconds: null };
  const trend = nameOf(slope);
  if (trend !== Trend.degrading || score === null || score <= FAILING_SCORE)
    return { trend, forecastSeconds: null };
  const rounds = (score - FAILING_SCORE) / -slope;
  return { trend, forecastSeconds: Math.round((rounds * checkIntervalMs) / 100) / 10 };
};
