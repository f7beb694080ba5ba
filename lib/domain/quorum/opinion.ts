import type { Vote } from '../decision/decision';
import type { Observation, TargetObservation } from '../observation';
import { ProbeState, findTarget } from '../observation';
import type { Topology, WitnessId, ZoneId } from '../topology';
import type { Accused } from './electorate';
import { electorateOf } from './electorate';
import type { Evidence } from './evidence';
import { zoneOfWitness } from './evidence';

/** What one witness has to say on an accusation. */
export interface Opinion {
  readonly witness: WitnessId;
  readonly vote: Vote;
  /** It sees failures that are not confirmed yet; the vote is `abstain` until they are. */
  readonly pending: boolean;
  readonly why: string;
  readonly target: TargetObservation | null;
}

const isOk = (target: TargetObservation): boolean => target.latest.state === ProbeState.ok;

/** Whether a witness has anything to look at outside the accused zone and its own, by construction. */
const canLookElsewhere = (topology: Topology, witness: WitnessId, accusedZone: ZoneId): boolean => {
  const own = zoneOfWitness(witness);
  const watched = topology.components.filter(({ seenBy }) => seenBy.includes(witness));
  return topology.zones.some(
    ({ id }) =>
      id !== accusedZone &&
      id !== own &&
      (watched.some(({ endpoints }) => endpoints[id] !== undefined) ||
        (own !== null && topology.peers[id] !== undefined)),
  );
};

/**
 * §3b.10: a witness that reaches nothing outside the accused zone and its own cannot tell a dead zone from its own
 * cut line. Only one that has nothing to look at there by construction is not asked; that it reports nothing is no
 * excuse. The regional witness is asked about components only: private peers may be out of its reach.
 */
export const isBlind = (topology: Topology, observation: Observation, accusedZone: ZoneId): boolean => {
  const own = zoneOfWitness(observation.witness);
  const elsewhere = observation.targets.filter(({ zone }) => zone !== accusedZone && zone !== own);
  const asked = elsewhere.length > 0 || canLookElsewhere(topology, observation.witness, accusedZone);
  return asked && !elsewhere.some(isOk);
};

const abstention = (
  witness: WitnessId,
  why: string,
  target: TargetObservation | null = null,
  pending = false,
): Opinion => ({ witness, vote: 'abstain', pending, why, target });

const judgeFailure = (topology: Topology, observation: Observation, target: TargetObservation): Opinion => {
  const { witness } = observation;
  if (isBlind(topology, observation, target.zone))
    return abstention(witness, 'it reaches nothing else either', target);
  const rounds = `${target.consecutiveFailed} failed rounds`;
  if (!target.confirmed) return abstention(witness, `${rounds}, not confirmed yet`, target, true);
  const why = `${rounds}, confirmed (${target.latest.reason ?? 'no reason given'})`;
  return { witness, vote: 'failed', pending: false, why, target };
};

const opinionIn = (topology: Topology, observation: Observation, accused: Accused): Opinion => {
  const { witness } = observation;
  const target = findTarget(observation, accused.component, accused.zone);
  if (target === undefined) return abstention(witness, 'it does not watch this');
  if (isOk(target)) return { witness, vote: 'ok', pending: false, why: 'answered', target };
  if (target.latest.state === ProbeState.unknown)
    return abstention(witness, `unknown (${target.latest.reason ?? 'no reason given'})`, target);
  return judgeFailure(topology, observation, target);
};

/**
 * One opinion per elector; a silent one abstains. An `ok` from a witness outside the zone that is no elector is
 * heard, too: it can only veto.
 */
export const opinionsOn = (evidence: Evidence, accused: Accused): readonly Opinion[] => {
  const electorate = electorateOf(evidence.topology, accused);
  const heard = evidence.fresh
    .filter(({ witness }) => witness !== accused.zone)
    .map((observation) => opinionIn(evidence.topology, observation, accused))
    .filter(({ witness, vote }) => electorate.includes(witness) || vote === 'ok');
  const silent = electorate
    .filter((witness) => evidence.silent.includes(witness))
    .map((witness) => abstention(witness, 'no fresh round'));
  return [...heard, ...silent].sort((a, b) => (a.witness < b.witness ? -1 : 1));
};
