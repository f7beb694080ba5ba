import type { Reason, ScenarioName, Verdict } from '../decision/decision';
import { ScenarioName as S } from '../decision/decision';
import type { WitnessId } from '../topology';
import { Component } from '../topology';
import { electorateOf, isQuorum } from '../quorum/electorate';
import { votersFor } from '../quorum/judge';
import {
  answers,
  answersMost,
  cutOffWitnesses,
  isFailed,
  isPartitioned,
  isStandbyFailed,
  outsideThatSeePrimary,
  overloadOf,
  standbyMissingTo,
  standbyReturned,
  zoneLives,
} from './patterns';
import type { Situation } from './situation';
import { verdictIn } from './situation';

export const Action = {
  failoverEmergency: 'failover-emergency',
  failoverPlanned: 'failover-planned',
  degrade: 'degrade',
  rejoin: 'rejoin',
  none: 'none',
} as const;
export type Action = (typeof Action)[keyof typeof Action];

/** Why a rule applies, and whose word it rests on. */
export interface Match {
  readonly reason: Reason;
  /** Witnesses whose evidence carries it; a claim is bound to their rounds (§3b.9). */
  readonly supporters: readonly WitnessId[];
  /** Those who could have said so. */
  readonly electorate: readonly WitnessId[];
  /** The failed verdict it rests on, when it does. */
  readonly accusation: Verdict | null;
}

export interface ScenarioRule {
  readonly name: ScenarioName;
  readonly evidence: string;
  readonly action: Action;
  readonly why: string;
  readonly match: (situation: Situation) => Match | null;
}

const accusedBy = (situation: Situation, verdict: Verdict, reason: Reason): Match => ({
  reason,
  supporters: votersFor(verdict, 'failed'),
  electorate: electorateOf(situation.topology, verdict),
  accusation: verdict,
});

const noted = (situation: Situation, reason: Reason): Match => ({
  reason,
  supporters: situation.evidence.fresh.map(({ witness }) => witness),
  electorate: [...situation.evidence.fresh.map(({ witness }) => witness), ...situation.evidence.silent],
  accusation: null,
});

const tally = (situation: Situation, verdict: Verdict): Reason['numbers'] => ({
  zone: verdict.zone,
  component: verdict.component,
  failed: votersFor(verdict, 'failed').length,
  electorate: electorateOf(situation.topology, verdict).length,
});

const postgresFailure = (situation: Situation, zoneIsAlive: boolean): Match | null => {
  const { writer } = situation;
  const verdict = verdictIn(situation, Component.postgres, writer);
  if (verdict === undefined || !isFailed(verdict) || zoneLives(situation, verdict) !== zoneIsAlive)
    return null;
  const who = votersFor(verdict, 'failed').join(', ');
  const sentence = zoneIsAlive
    ? `PostgreSQL in ${writer} failed by the word of ${who}, while other parts of the zone answer`
    : `nothing of ${writer} answers ${who} any more`;
  return accusedBy(situation, verdict, {
    code: zoneIsAlive ? S.postgresPrimaryFailure : S.zoneLoss,
    sentence,
    numbers: tally(situation, verdict),
  });
};

/**
 * An API alone may only be stalled (a pause, a slow disk), and moving it is not urgent enough to take that for death:
 * it has to stay silent for this many thresholds. Measured: a busy machine stalls a healthy API for 0.6 s.
 */
const PATIENCE = 3;

const isLongSilent = (situation: Situation, accusation: Verdict): boolean => {
  const { topology, evidence } = situation;
  const rounds = PATIENCE * topology.policy.failureThreshold;
  const voters = votersFor(accusation, 'failed');
  const patient = evidence.fresh
    .filter(({ witness }) => voters.includes(witness))
    .filter(({ targets }) =>
      targets.some(
        ({ kind, zone, consecutiveFailed }) =>
          kind === accusation.component && zone === accusation.zone && consecutiveFailed >= rounds,
      ),
    );
  return isQuorum(
    topology,
    electorateOf(topology, accusation),
    patient.map(({ witness }) => witness),
  );
};

const apiFailure = (situation: Situation): Match | null => {
  const { writer, other } = situation;
  const verdict = verdictIn(situation, Component.api, writer);
  if (verdict === undefined || !isFailed(verdict)) return null;
  if (!isLongSilent(situation, verdict)) return null;
  if (!answersMost(situation, verdictIn(situation, Component.postgres, writer))) return null;
  if (!answersMost(situation, verdictIn(situation, Component.api, other))) return null;
  return accusedBy(situation, verdict, {
    code: S.partialServiceFailure,
    sentence: `the API in ${writer} failed, its PostgreSQL answers, and the API in ${other} is up`,
    numbers: tally(situation, verdict),
  });
};

const standbyVotedLost = (situation: Situation): Match | null => {
  const verdict = verdictIn(situation, Component.postgres, situation.other);
  if (verdict === undefined || !isStandbyFailed(situation)) return null;
  return accusedBy(situation, verdict, {
    code: S.standbyLoss,
    sentence: `the standby in ${situation.other} failed by the word of ${votersFor(verdict, 'failed').join(', ')}; the primary in ${situation.writer} is alive`,
    numbers: tally(situation, verdict),
  });
};

const standbyMissing = (situation: Situation): Match | null => {
  const outside = outsideThatSeePrimary(situation).map(({ witness }) => witness);
  const missing = standbyMissingTo(situation).map(({ witness }) => witness);
  const rounds = situation.topology.policy.failureThreshold;
  if (!missing.some((witness) => outside.includes(witness))) return null;
  return {
    reason: {
      code: S.standbyLoss,
      sentence: `the primary in ${situation.writer} itself has shown ${missing.join(', ')} no working standby for at least ${rounds} rounds`,
      numbers: { zone: situation.other, seenBy: missing.length, rounds },
    },
    supporters: missing,
    electorate: missing,
    accusation: null,
  };
};

const standbyLost = (situation: Situation): Match | null => {
  if (situation.seat.eligible === null || outsideThatSeePrimary(situation).length === 0) return null;
  return standbyVotedLost(situation) ?? standbyMissing(situation);
};

const standbyBack = (situation: Situation): Match | null => {
  if (situation.seat.eligible !== null || outsideThatSeePrimary(situation).length === 0) return null;
  const returned = standbyReturned(situation);
  if (returned === null) return null;
  const rounds = situation.topology.policy.failureThreshold;
  return {
    reason: {
      code: S.standbyReturned,
      sentence: `${situation.other} has answered ${returned.witnesses.join(', ')} for at least ${rounds} rounds and is no standby yet`,
      numbers: { zone: situation.other, seenBy: returned.witnesses.length, rounds },
    },
    supporters: returned.witnesses,
    electorate: returned.electorate,
    accusation: null,
  };
};

const partition = (situation: Situation): Match | null =>
  isPartitioned(situation)
    ? noted(situation, {
        code: S.networkPartition,
        sentence: `${situation.writer} and ${situation.other} do not see each other, but are both seen from outside; the primary goes on`,
        numbers: { writer: situation.writer, other: situation.other },
      })
    : null;

const standbyAway = (situation: Situation): Match | null => {
  const verdict = verdictIn(situation, Component.postgres, situation.other);
  if (situation.seat.eligible !== null || verdict === undefined || !isFailed(verdict)) return null;
  const reason = {
    code: S.standbyLoss,
    sentence: `${situation.other} is still away; ${situation.writer} writes alone until it answers again`,
    numbers: tally(situation, verdict),
  };
  return answers(verdictIn(situation, Component.postgres, situation.writer))
    ? accusedBy(situation, verdict, reason)
    : null;
};

const overload = (situation: Situation): Match | null => {
  const found = overloadOf(situation);
  if (found === null) return null;
  const { stalled, witnesses, slow, answering } = found;
  return noted(situation, {
    code: S.overload,
    sentence: `${stalled} of ${witnesses} witnesses ran late themselves and ${slow} of ${answering} answers are slow: everything is busy, nothing is proven dead`,
    numbers: { stalled, witnesses, slow, answering },
  });
};

const cutOff = (situation: Situation): Match | null => {
  const cut = cutOffWitnesses(situation);
  if (cut.length === 0) return null;
  return noted(situation, {
    code: S.witnessCutOff,
    sentence: `no usable evidence from ${cut.join(', ')}; missing evidence is not failure`,
    numbers: {
      cutOff: cut.length,
      witnesses: situation.evidence.fresh.length + situation.evidence.silent.length,
    },
  });
};

/** The first row that matches names the scenario. Rows that move the writer come first: nothing later can mask them. */
export const SCENARIO_RULES: readonly ScenarioRule[] = [
  {
    name: S.zoneLoss,
    evidence: "postgres of the writer's zone failed by quorum, and no accuser sees anything else of the zone",
    action: Action.failoverEmergency,
    why: 'the zone is gone: what could be waited for is gone with it',
    match: (situation) => postgresFailure(situation, false),
  },
  {
    name: S.postgresPrimaryFailure,
    evidence: "postgres of the writer's zone failed by quorum; its API or its host agent answers an accuser",
    action: Action.failoverEmergency,
    why: 'the store is gone, the machine is not: same way out, but the fence can be proven on the host',
    match: (situation) => postgresFailure(situation, true),
  },
  {
    name: S.partialServiceFailure,
    evidence:
      "API of the writer's zone failed by quorum for three thresholds; a majority sees its postgres, and the other zone's API",
    action: Action.failoverPlanned,
    why: 'the store lives, so the writer can be paused and nothing need be skipped',
    match: apiFailure,
  },
  {
    name: S.standbyLoss,
    evidence:
      'a standby is eligible; the primary is seen alive from outside both data zones; the standby failed by quorum, or the primary shows that outside witness no working standby',
    action: Action.degrade,
    why: 'I8, §3b.5-6: commits wait for a standby that will not answer; the primary may go on alone once the seat says so',
    match: standbyLost,
  },
  {
    name: S.standbyReturned,
    evidence:
      "no standby is eligible; the other zone's host or postgres has answered a majority for the threshold",
    action: Action.rejoin,
    why: 'the old primary is a zombie until proven: rewound or re-cloned, then a standby again',
    match: standbyBack,
  },
  {
    name: S.networkPartition,
    evidence: 'the data zones do not see each other; a witness outside both sees both',
    action: Action.none,
    why: 'the primary still serves; moving it would only trade one side for the other',
    match: partition,
  },
  {
    name: S.standbyLoss,
    evidence: 'no standby is eligible and the other zone is failed by quorum',
    action: Action.none,
    why: 'the primary already writes alone; there is nothing to do until the zone is back',
    match: standbyAway,
  },
  {
    name: S.overload,
    evidence: 'most witnesses ran late themselves, or most answers are slow at once',
    action: Action.none,
    why: 'a busy machine looks like a dead one to its own clock; moving the load would not help',
    match: overload,
  },
  {
    name: S.witnessCutOff,
    evidence: 'a witness is silent or reaches nothing outside its own zone',
    action: Action.none,
    why: 'I9: missing evidence alone never starts anything',
    match: cutOff,
  },
];
