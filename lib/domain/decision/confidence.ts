import { clamp } from '../health/median';
import type { Observation } from '../observation';
import { findTarget } from '../observation';
import type { Accused } from '../quorum/electorate';
import { majorityOf } from '../quorum/electorate';
import type { Evidence } from '../quorum/evidence';
import { isOutsideDataZones } from '../quorum/evidence';
import type { Policy, WitnessId } from '../topology';

/** What each term counts for; together 100. */
export const CONFIDENCE_WEIGHT = { agreement: 40, freshness: 20, independence: 20, samples: 20 } as const;

export interface Testimony {
  readonly supporters: readonly WitnessId[];
  /** Those who could have said so; silence of one of them costs confidence. */
  readonly electorate: readonly WitnessId[];
  /** Counts failed rounds and burst probes of this target; null: the supporters' rounds are steady already. */
  readonly accused: Accused | null;
}

export interface Confidence {
  /** 0-100. */
  readonly confidence: number;
  /** Each term, 0-1. */
  readonly terms: Readonly<Record<keyof typeof CONFIDENCE_WEIGHT, number>>;
}

/** Full marks up to one round and one probe of age, half of them when about to turn stale. */
const freshnessOf = (ageMs: number, policy: Policy): number => {
  const youngMs = policy.checkIntervalMs + policy.probeTimeoutMs;
  const spanMs = Math.max(1, policy.staleAfterMs - youngMs);
  return 1 - 0.5 * clamp((ageMs - youngMs) / spanMs, 0, 1);
};

const samplesOf = (observation: Observation, accused: Accused, policy: Policy): number => {
  const target = findTarget(observation, accused.component, accused.zone);
  if (target === undefined) return 0;
  return target.consecutiveFailed + (target.confirmed ? policy.confirmingProbes : 0);
};

/** Failed rounds and burst probes of each supporter, against what a bare majority must have shown. */
const samplesTerm = (voices: readonly Observation[], testimony: Testimony, policy: Policy): number => {
  const { accused, electorate } = testimony;
  if (accused === null) return voices.length > 0 ? 1 : 0;
  const wanted = policy.failureThreshold + policy.confirmingProbes;
  const shown = voices.map((seen) => Math.min(wanted, samplesOf(seen, accused, policy)));
  return clamp(shown.reduce((sum, count) => sum + count, 0) / (wanted * majorityOf(electorate)), 0, 1);
};

/**
 * confidence = 40 × agreement + 20 × freshness + 20 × independence + 20 × samples, each 0-1:
 * agreement = supporters ÷ electorate; freshness = Σ over the supporters (1 up to one round old, falling to ½ when
 * about to turn stale) ÷ electorate; independence = ½ for two vantage points or more, ½ for one outside both data
 * zones; samples = failed rounds and burst probes shown ÷ those a bare majority must show.
 * Every term only falls when evidence is taken away. Clean: 2 of 2 and 3 of 3 give 100, 2 of 3 gives 80.
 */
export const confidenceOf = (evidence: Evidence, testimony: Testimony): Confidence => {
  const { topology, ageMs } = evidence;
  const { supporters, electorate } = testimony;
  const voices = evidence.fresh.filter(({ witness }) => supporters.includes(witness));
  const size = Math.max(1, electorate.length);
  const freshness = voices.map(({ witness }) =>
    freshnessOf(ageMs[witness] ?? Number.POSITIVE_INFINITY, topology.policy),
  );
  const outside = voices.some(({ witness }) => isOutsideDataZones(topology, witness));
  const terms = {
    agreement: clamp(voices.length / size, 0, 1),
    freshness: clamp(freshness.reduce((sum, value) => sum + value, 0) / size, 0, 1),
    independence: (voices.length >= 2 ? 0.5 : 0) + (outside ? 0.5 : 0),
    samples: samplesTerm(voices, testimony, topology.policy),
  };
  const names = Object.keys(CONFIDENCE_WEIGHT) as (keyof typeof CONFIDENCE_WEIGHT)[];
  const confidence = Math.round(names.reduce((sum, name) => sum + CONFIDENCE_WEIGHT[name] * terms[name], 0));
  return { confidence, terms };
};
