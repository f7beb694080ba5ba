import type { Observation } from '../observation';
import type { VoterRound } from '../protocol/seat';
import type { Accused } from '../quorum/electorate';
import { electorateOf, isQuorum, majorityOf } from '../quorum/electorate';
import type { Evidence } from '../quorum/evidence';
import { evidenceOf } from '../quorum/evidence';
import { opinionsOn } from '../quorum/opinion';
import type { Topology, WitnessId } from '../topology';
import { Component, leading, Store } from '../topology';
import type { Decision } from './decision';
import { ScenarioName } from './decision';

export interface ClaimedEvidence {
  readonly topology: Topology;
  readonly decision: Pick<Decision, 'scenario' | 'operation'>;
  readonly voters: readonly VoterRound[];
  /** What every witness had said at the claim: with it, a newer ok of one that did not vote is heard, too. */
  readonly evidence?: readonly Observation[];
  /** What they say now. */
  readonly observations: readonly Observation[];
}

export interface StillFailed {
  readonly state: 'confirmed' | 'recovered' | 'pending';
  readonly sentence: string;
}

/** What a failover of this decision accuses. */
const accusedBy = ({ scenario, operation }: Pick<Decision, 'scenario' | 'operation'>): Accused | null => {
  if (operation === null) return null;
  const { stores, from: zone } = operation;
  if (!stores.includes(Store.postgres)) return { component: leading(stores), zone };
  const isApi = scenario === ScenarioName.partialServiceFailure;
  return { component: isApi ? Component.api : Component.postgres, zone };
};

/** A round counts when it is newer than the one the claim rests on: no clock is needed. */
const newerRounds = (claim: ClaimedEvidence): Evidence => {
  const known = new Map<WitnessId, number>();
  for (const { witness, round } of [...(claim.evidence ?? []), ...claim.voters])
    known.set(witness, Math.max(round, known.get(witness) ?? 0));
  const newer = claim.observations.filter(({ witness, round }) => {
    const before = known.get(witness);
    return before !== undefined && round > before;
  });
  const ageMs = Object.fromEntries(newer.map(({ witness }) => [witness, 0]));
  return evidenceOf({ topology: claim.topology, observations: newer, ageMs });
};

/**
 * §3b.9, for PREPARE: a decision may be old when it is carried out. `confirmed` when the same quorum says failed
 * again in rounds newer than the claim's; `recovered` when any newer round from outside the zone is ok; else
 * `pending`: ask again. A request by a person has no voters and is always `pending`: do not ask.
 */
export const assessStillFailed = (claim: ClaimedEvidence): StillFailed => {
  const accused = accusedBy(claim.decision);
  if (accused === null) return { state: 'pending', sentence: 'the decision accuses nothing' };
  const name = `${accused.component} in ${accused.zone}`;
  const opinions = opinionsOn(newerRounds(claim), accused);
  const named = (vote: string): readonly WitnessId[] =>
    opinions.filter((opinion) => opinion.vote === vote).map(({ witness }) => witness);
  const [ok, failed] = [named('ok'), named('failed')];
  if (ok.length > 0)
    return { state: 'recovered', sentence: `${name} answered ${ok.join(', ')} after the claim` };
  const electorate = electorateOf(claim.topology, accused);
  if (isQuorum(claim.topology, electorate, failed))
    return { state: 'confirmed', sentence: `${name} failed again for ${failed.join(', ')} after the claim` };
  const sentence = `${failed.length} of the ${majorityOf(electorate)} witnesses needed have seen ${name} fail after the claim`;
  return { state: 'pending', sentence };
};
