import type { Verdict } from '../decision/decision';
import type { TargetObservation } from '../observation';
import { ProbeState } from '../observation';
import type { ComponentConfig, Topology, ZoneId } from '../topology';
import { clamp, mean, median } from './median';

/** Rounds that the success ratio looks back on. */
const SCORE_WINDOW_ROUNDS = 20;
/** Below this a component that answers is called degraded. */
export const DEGRADED_SCORE = 80;
/** What the forecast counts down to. */
export const FAILING_SCORE = 50;

/** What each term counts for. */
export const SCORE_WEIGHT = { success: 40, answering: 30, latency: 15, lag: 15 } as const;

/** A latency under this is never slow, whatever the baseline: 0.3 ms to 1 ms is no degradation. */
const LATENCY_FLOOR_MS = 5;
/** Full marks up to twice the baseline, none from ten times it. */
const LATENCY_FULL_RATIO = 2;
const LATENCY_ZERO_RATIO = 10;

const successOf = ({ recent }: TargetObservation): number | null => {
  const judged = [...recent.slice(-SCORE_WINDOW_ROUNDS)].filter((letter) => letter !== 'u');
  return judged.length === 0 ? null : judged.filter((letter) => letter === 'o').length / judged.length;
};

const answeringTerm = (targets: readonly TargetObservation[]): number | null => {
  const judged = targets.filter(({ latest }) => latest.state !== ProbeState.unknown);
  return mean(judged.map(({ latest }) => (latest.state === ProbeState.ok ? 1 : 0)));
};

/** Latency as a multiple of the target's own baseline; null without an ok round. */
export const latencyRatio = ({ latest, baselineLatencyMs }: TargetObservation): number | null =>
  latest.state !== ProbeState.ok || latest.latencyMs === null || baselineLatencyMs === null
    ? null
    : latest.latencyMs / Math.max(baselineLatencyMs, LATENCY_FLOOR_MS);

const latencyTerm = (targets: readonly TargetObservation[]): number | null => {
  const ratio = median(targets.flatMap((target) => latencyRatio(target) ?? []));
  if (ratio === null) return null;
  return clamp((LATENCY_ZERO_RATIO - ratio) / (LATENCY_ZERO_RATIO - LATENCY_FULL_RATIO), 0, 1);
};

/** Full marks up to half the limit, none from the limit on. */
const lagTerm = (targets: readonly TargetObservation[], config: ComponentConfig): number | null => {
  const lagSeconds = median(targets.flatMap(({ latest }) => latest.replication?.lagSeconds ?? []));
  if (lagSeconds === null || config.sync === undefined) return null;
  return clamp(2 - (2 * lagSeconds * 1000) / config.sync.maxLagMs, 0, 1);
};

interface KnownTerm {
  readonly name: keyof typeof SCORE_WEIGHT;
  readonly term: number;
}

const isKnown = (entry: { readonly name: string; readonly term: number | null }): entry is KnownTerm =>
  entry.term !== null;

export interface Score {
  /** 0-100; null while no round was judged. */
  readonly score: number | null;
  /** Each known term, 0-1. */
  readonly terms: Readonly<Record<string, number>>;
}

/**
 * score = 100 × Σ weight × term ÷ Σ weight, over the terms that are known:
 * success (40) the mean over the witnesses of ok ÷ (ok + failed) in their last 20 rounds; answering (30) the share
 * of them it answered in their latest; latency (15) the median ratio of the latest latency to its baseline, 1 up to
 * 2×, 0 from 10×; lag (15) the median lag, 1 up to half of `sync.maxLagMs`, 0 from it on. Unknown rounds are left
 * out. Without a judged round there is no score. Three failed rounds after a good while make 49: below failing.
 */
export const scoreOf = (targets: readonly TargetObservation[], config: ComponentConfig): Score => {
  const success = mean(targets.flatMap((target) => successOf(target) ?? []));
  if (success === null) return { score: null, terms: {} };
  const known = [
    { name: 'success', term: success },
    { name: 'answering', term: answeringTerm(targets) },
    { name: 'latency', term: latencyTerm(targets) },
    { name: 'lag', term: lagTerm(targets, config) },
  ].filter(isKnown);
  const weights = known.reduce((sum, { name }) => sum + SCORE_WEIGHT[name], 0);
  const marks = known.reduce((sum, { name, term }) => sum + SCORE_WEIGHT[name] * term, 0);
  const terms = Object.fromEntries(known.map(({ name, term }) => [name, term]));
  return { score: Math.round((100 * marks) / weights), terms };
};

/** Weighted mean of the zone's known scores by the components' weights; null while none is known. */
export const zoneScore = (
  verdicts: readonly Verdict[],
  zone: ZoneId,
  topology: Pick<Topology, 'components'>,
): number | null => {
  const known = topology.components.flatMap(({ component, weight }) =>
    verdicts
      .filter((verdict) => verdict.zone === zone && verdict.component === component)
      .flatMap(({ score }) => (score === null ? [] : [{ score, weight }])),
  );
  const weights = known.reduce((sum, { weight }) => sum + weight, 0);
  if (weights === 0) return null;
  return Math.round(known.reduce((sum, { score, weight }) => sum + score * weight, 0) / weights);
};
