import type { Verdict } from '../decision/decision';
import { isSteady, isTimeout } from '../health/target-history';
import type { Observation, TargetKind, TargetObservation } from '../observation';
import { findTarget, hostKindOf, ProbeState } from '../observation';
import { electorateOf, isQuorum } from '../quorum/electorate';
import { votersFor } from '../quorum/judge';
import type { Policy, Topology } from '../topology';
import { Component, isLookedAtEachRound, isStore } from '../topology';
import type { Situation } from './situation';

/**
 * How often in a row a target must have failed to count as silent. What is looked at less often while all is well (hosts,
 * peers, objects) is one round behind the stores and APIs when a fault begins.
 */
const silentAfter = ({ kind }: TargetObservation, { failureThreshold }: Policy): number =>
  (isStore(kind) && isLookedAtEachRound(kind)) || kind === Component.api
    ? failureThreshold
    : failureThreshold - 1;

const isSilent = (target: TargetObservation | undefined, policy: Policy): boolean =>
  target?.latest.state === ProbeState.failed && target.consecutiveFailed >= silentAfter(target, policy);

/** What else of the zone this witness is to look at, by configuration: what is missing from its round is not silent. */
const othersWatched = (
  topology: Topology,
  { witness }: Observation,
  accusation: Verdict,
): readonly TargetKind[] => {
  const { zone, component } = accusation;
  const seen = topology.components.filter(({ seenBy }) => seenBy.includes(witness));
  const parts = seen.filter(({ endpoints }) => endpoints[zone] !== undefined).map((each) => each.component);
  const hosts = seen.flatMap((each) =>
    'hosts' in each && each.hosts?.[zone] !== undefined ? hostKindOf(each.component) : [],
  );
  return [...parts, ...hosts].filter((kind) => kind !== component);
};

/**
 * Whether an accuser's word is more than lost packets: the machine refused or answered wrongly; or nothing of the zone
 * answers it any more; or something else of the zone answers it steadily, so that the way there is sound. With a fifth of
 * all packets lost a healthy store looks dead for seconds, as a session takes many of them (docs/measurements.md).
 */
const isCertain = (topology: Topology, seen: Observation, accusation: Verdict): boolean => {
  const { zone, component } = accusation;
  const timedOut = seen.targets.some(
    (target) => target.kind === component && target.zone === zone && isTimeout(target.latest),
  );
  if (!timedOut) return true;
  const silent = othersWatched(topology, seen, accusation).every((kind) =>
    isSilent(findTarget(seen, kind, zone), topology.policy),
  );
  return silent || seen.targets.some((target) => target.zone === zone && isSteady(target));
};

/** A quorum of the accusers is certain, each in its own round. */
export const isBeyondLoss = (situation: Situation, accusation: Verdict): boolean => {
  const { topology, evidence } = situation;
  const voters = votersFor(accusation, 'failed');
  const certain = evidence.fresh.filter(
    (seen) => voters.includes(seen.witness) && isCertain(topology, seen, accusation),
  );
  return isQuorum(
    topology,
    electorateOf(topology, accusation),
    certain.map(({ witness }) => witness),
  );
};
