import type { Verdict } from '../decision/decision';
import { VerdictState } from '../decision/decision';
import { latencyRatio } from '../health/score';
import { okStreak, stallLimitMs } from '../health/target-history';
import type { Observation, TargetKind } from '../observation';
import { ProbeState, findTarget, hostKindOf } from '../observation';
import { electorateOf, majorityOf } from '../quorum/electorate';
import { isOutsideDataZones, zoneOfWitness } from '../quorum/evidence';
import { votersFor } from '../quorum/judge';
import { isBlind } from '../quorum/opinion';
import type { WitnessId, ZoneId } from '../topology';
import { Component, storesOf } from '../topology';
import type { Situation } from './situation';
import { verdictIn } from './situation';

/** Latency this many times its baseline, on more than half of all that answers, is overload and not one sick target. */
const OVERLOAD_RATIO = 5;

export const isFailed = (verdict: Verdict | undefined): boolean => verdict?.state === VerdictState.failed;

/** Somebody outside the zone had an answer in a fresh round. */
export const answers = (verdict: Verdict | undefined): boolean =>
  verdict !== undefined && votersFor(verdict, 'ok').length > 0;

/** A majority of the electorate had an answer: taking one of them away never makes this true. */
export const answersMost = (situation: Situation, verdict: Verdict | undefined): boolean => {
  if (verdict === undefined) return false;
  const electorate = electorateOf(situation.topology, verdict);
  return (
    votersFor(verdict, 'ok').filter((witness) => electorate.includes(witness)).length >=
    majorityOf(electorate)
  );
};

const sees = (observation: Observation, kind: TargetKind, zone: ZoneId): boolean =>
  findTarget(observation, kind, zone)?.latest.state === ProbeState.ok;

const seesHostIn = ({ topology }: Situation, seen: Observation, zone: ZoneId): boolean =>
  storesOf(topology).some((store) => sees(seen, hostKindOf(store), zone));

const observationsOf = (situation: Situation, witnesses: readonly WitnessId[]): readonly Observation[] =>
  situation.evidence.fresh.filter(({ witness }) => witnesses.includes(witness));

/**
 * The machines of the zone live although its PostgreSQL failed: an accuser sees one of them in the very round in
 * which it accuses. Rounds of different witnesses are not compared: one of them may be from before the fault.
 */
export const zoneLives = (situation: Situation, accusation: Verdict): boolean => {
  const accusers = observationsOf(situation, votersFor(accusation, 'failed'));
  const { zone } = accusation;
  return (
    accusers.some((seen) => sees(seen, Component.api, zone) || seesHostIn(situation, seen, zone)) ||
    answersMost(situation, verdictIn(situation, Component.api, zone))
  );
};

/** Who sees the store's primary alive in their newest round. */
export const primarySeenBy = (situation: Situation): readonly Observation[] =>
  situation.evidence.fresh.filter((seen) => sees(seen, situation.store, situation.writer));

/** §3b.5: of those, the witnesses outside both data zones. */
export const outsideThatSeePrimary = (situation: Situation): readonly Observation[] =>
  primarySeenBy(situation).filter(({ witness }) => isOutsideDataZones(situation.topology, witness));

/** Of those who see the primary, the ones whom it has shown no working standby for `failureThreshold` rounds. */
export const standbyMissingTo = (situation: Situation): readonly Observation[] =>
  situation.evidence.fresh.filter((seen) => {
    const primary = findTarget(seen, situation.store, situation.writer);
    return (
      primary?.latest.state === ProbeState.ok &&
      primary.roundsWithoutStandby >= situation.topology.policy.failureThreshold
    );
  });

const hasReturnedTo = (situation: Situation, seen: Observation): boolean =>
  [hostKindOf(situation.store), situation.store].some((kind) => {
    const target = findTarget(seen, kind, situation.other);
    return target !== undefined && okStreak(target) >= situation.topology.policy.failureThreshold;
  });

/** All that `from` sees of `to` failed, and it does see something elsewhere: else it is `from` that is cut off. */
const isPairCut = (situation: Situation, from: ZoneId, to: ZoneId): boolean => {
  const seen = situation.evidence.fresh.find(({ witness }) => witness === from);
  if (seen === undefined || isBlind(situation.topology, seen, to)) return false;
  const targets = seen.targets.filter(({ zone }) => zone === to);
  return targets.length > 0 && targets.every(({ latest }) => latest.state === ProbeState.failed);
};

export interface Returned {
  readonly witnesses: readonly WitnessId[];
  readonly electorate: readonly WitnessId[];
}

/**
 * The zone that has no eligible standby answers again, steadily and for a majority. The writer's own witness has a
 * veto: what the writer cannot reach cannot stream from it.
 */
export const standbyReturned = (situation: Situation): Returned | null => {
  const accused = { component: situation.store, zone: situation.other };
  const electorate = electorateOf(situation.topology, accused);
  const witnesses = situation.evidence.fresh
    .filter((seen) => electorate.includes(seen.witness) && hasReturnedTo(situation, seen))
    .map(({ witness }) => witness);
  const writersOwn = observationsOf(situation, [situation.writer]);
  const vetoed = writersOwn.some((seen) => !hasReturnedTo(situation, seen));
  return !vetoed && witnesses.length >= majorityOf(electorate) ? { witnesses, electorate } : null;
};

/** The data zones do not see each other, and a witness outside both sees both. */
export const isPartitioned = (situation: Situation): boolean => {
  const { writer, other } = situation;
  const cut = isPairCut(situation, writer, other) || isPairCut(situation, other, writer);
  return (
    cut &&
    outsideThatSeePrimary(situation).some(
      (seen) =>
        sees(seen, situation.store, other) ||
        sees(seen, Component.api, other) ||
        seesHostIn(situation, seen, other),
    )
  );
};

/** Something it does not see answers another witness: the fault is on its own side. */
const isContradicted = (situation: Situation, seen: Observation): boolean =>
  seen.targets.some(
    ({ kind, zone }) =>
      zone !== seen.witness &&
      situation.evidence.fresh.some((other) => other.witness !== seen.witness && sees(other, kind, zone)),
  );

/** Silent witnesses, and those that see nothing but their own zone while others do. */
export const cutOffWitnesses = (situation: Situation): readonly WitnessId[] => {
  const blind = situation.evidence.fresh
    .filter((seen) => isBlind(situation.topology, seen, zoneOfWitness(seen.witness) ?? ''))
    .filter((seen) => isContradicted(situation, seen))
    .map(({ witness }) => witness);
  return [...situation.evidence.silent, ...blind];
};

export interface Overload {
  readonly stalled: number;
  readonly witnesses: number;
  readonly slow: number;
  readonly answering: number;
}

/** More than half of the fresh witnesses ran late themselves, or more than half of all answers are slow at once. */
export const overloadOf = (situation: Situation): Overload | null => {
  const { fresh } = situation.evidence;
  const limit = stallLimitMs(situation.topology.policy);
  const stalled = fresh.filter(({ stalledMs }) => stalledMs > limit).length;
  const ratios = fresh.flatMap(({ targets }) => targets.flatMap((target) => latencyRatio(target) ?? []));
  const slow = ratios.filter((ratio) => ratio >= OVERLOAD_RATIO).length;
  const found = { stalled, witnesses: fresh.length, slow, answering: ratios.length };
  return stalled * 2 > fresh.length || (slow > 1 && slow * 2 > ratios.length) ? found : null;
};
