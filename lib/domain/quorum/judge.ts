import type { Verdict, VerdictState, Vote } from '../decision/decision';
import { VerdictState as V } from '../decision/decision';
import { DEGRADED_SCORE, scoreOf } from '../health/score';
import { trendOf } from '../health/trend';
import type { ComponentConfig, WitnessId, ZoneId } from '../topology';
import { dataZones } from '../topology';
import type { Accused } from './electorate';
import { electorateOf, isQuorum, majorityOf } from './electorate';
import type { Evidence } from './evidence';
import type { Opinion } from './opinion';
import { opinionsOn } from './opinion';

export const votersFor = (verdict: Verdict, vote: Vote): readonly WitnessId[] =>
  Object.entries(verdict.votes).flatMap(([witness, cast]) => (cast === vote ? [witness] : []));

const namesOf = (opinions: readonly Opinion[], vote: Vote): readonly WitnessId[] =>
  opinions.filter((opinion) => opinion.vote === vote).map(({ witness }) => witness);

/** Why a failure that somebody sees is not (yet) the verdict; the code before the colon is stable. */
const unsettled = (opinions: readonly Opinion[], electorate: readonly WitnessId[]): readonly string[] => {
  const failed = namesOf(opinions, 'failed');
  const pending = opinions.filter((opinion) => opinion.pending);
  const needed = majorityOf(electorate);
  return [
    ...(pending.length > 0
      ? [`pending: ${pending.map(({ witness, why }) => `${witness} sees ${why}`).join('; ')}`]
      : []),
    ...(failed.length > 0
      ? [
          `no-quorum: ${failed.length} of ${electorate.length} say failed (${failed.join(', ')}), needed ${needed} with one outside both data zones and no ok`,
        ]
      : []),
  ];
};

const standbyTrouble = (opinions: readonly Opinion[], failureThreshold: number): readonly string[] => {
  const rounds = Math.max(0, ...opinions.map(({ target }) => target?.roundsWithoutStandby ?? 0));
  return rounds >= failureThreshold
    ? [`standby-missing: the primary has shown no working standby for ${rounds} rounds`]
    : [];
};

const livingState = (
  opinions: readonly Opinion[],
  score: number | null,
  troubles: readonly string[],
): VerdictState => {
  if (troubles.length > 0) return V.degraded;
  if (!opinions.some(({ vote }) => vote === 'ok')) return V.unknown;
  return score !== null && score < DEGRADED_SCORE ? V.degraded : V.healthy;
};

const worstLag = (opinions: readonly Opinion[]): number | null => {
  const lags = opinions.flatMap(({ target }) => target?.latest.replication?.lagSeconds ?? []);
  return lags.length === 0 ? null : Math.max(...lags);
};

/** The quorum's answer for one component in one zone (I9, I10, §3b.10). */
const judge = (evidence: Evidence, config: ComponentConfig, zone: ZoneId): Verdict => {
  const { topology } = evidence;
  const accused: Accused = { component: config.component, zone };
  const electorate = electorateOf(topology, accused);
  const opinions = opinionsOn(evidence, accused);
  const targets = opinions.flatMap(({ target }) => target ?? []);
  const { score, terms } = scoreOf(targets, config);
  const quorum = isQuorum(topology, electorate, namesOf(opinions, 'failed'));
  const failed = quorum && !opinions.some(({ vote }) => vote === 'ok');
  const troubles = [
    ...(failed ? [] : unsettled(opinions, electorate)),
    ...standbyTrouble(opinions, topology.policy.failureThreshold),
  ];
  return {
    ...accused,
    state: failed ? V.failed : livingState(opinions, score, troubles),
    score,
    scoreTerms: terms,
    ...trendOf(targets, score, topology.policy.checkIntervalMs),
    votes: Object.fromEntries(opinions.map(({ witness, vote }) => [witness, vote])),
    lagSeconds: worstLag(opinions),
    reasons: [...troubles, ...opinions.map(({ witness, vote, why }) => `${witness} ${vote}: ${why}`)],
  };
};

/** A verdict for every component in every zone that holds data. */
export const judgeAll = (evidence: Evidence): readonly Verdict[] =>
  dataZones(evidence.topology).flatMap((zone) =>
    evidence.topology.components.map((config) => judge(evidence, config, zone)),
  );

export const verdictOn = (verdicts: readonly Verdict[], accused: Accused): Verdict | undefined =>
  verdicts.find(({ component, zone }) => component === accused.component && zone === accused.zone);
