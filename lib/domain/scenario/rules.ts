import type { ScenarioName } from '../decision/decision';
import { ScenarioName as S } from '../decision/decision';
import { ofStores } from '../decision/of-stores';
import { OperationKind, OutcomeResult } from '../protocol/seat';
import { electsItself, Store, STORE_LABEL } from '../topology';
import { votersFor } from '../quorum/judge';
import type { Match } from './match';
import { accusedBy, noted, tally } from './match';
import {
  answers,
  cutOffWitnesses,
  isFailed,
  isPartitioned,
  outsideThatSeePrimary,
  overloadOf,
  primarySeenBy,
  standbyMissingTo,
  standbyReturned,
} from './patterns';
import type { Situation } from './situation';
import { firstOf, fromEachStore, verdictIn } from './situation';
import { apiDrained, apiFailure, lossyPath, oneStoreFailure, postgresFailure } from './writer-failed';

export const Action = {
  failoverEmergency: 'failover-emergency',
  failoverPlanned: 'failover-planned',
  degrade: 'degrade',
  rejoin: 'rejoin',
  none: 'none',
} as const;
export type Action = (typeof Action)[keyof typeof Action];

export interface ScenarioRule {
  readonly name: ScenarioName;
  readonly evidence: string;
  readonly action: Action;
  readonly why: string;
  readonly match: (situation: Situation) => Match | null;
}

/**
 * What several stores need done in the same zones is done in one operation: the first one's reason, the word of all that
 * carry any of them.
 */
const together = (situation: Situation, look: (seen: Situation) => Match | null): Match | null => {
  const found = fromEachStore(situation).flatMap((seen) => {
    const match = electsItself(seen.store) ? null : look(seen);
    return match === null ? [] : [{ seen, match }];
  });
  const [first] = found;
  if (first === undefined) return null;
  const alike = found.filter(
    ({ seen }) => seen.writer === first.seen.writer && seen.other === first.seen.other,
  );
  return {
    ...first.match,
    supporters: [...new Set(alike.flatMap(({ match }) => match.supporters))],
    electorate: [...new Set(alike.flatMap(({ match }) => match.electorate))],
    stores: alike.map(({ seen }) => seen.store),
  };
};

const standbyVotedLost = (situation: Situation): Match | null => {
  const verdict = verdictIn(situation, situation.store, situation.other);
  if (verdict === undefined || !isFailed(verdict)) return null;
  return accusedBy(situation, verdict, {
    code: S.standbyLoss,
    sentence: `the standby${ofStores([situation.store])} in ${situation.other} failed by the word of ${votersFor(verdict, 'failed').join(', ')}; the primary in ${situation.writer} is alive`,
    numbers: tally(situation, verdict),
  });
};

const standbyMissing = (situation: Situation): Match | null => {
  const outside = outsideThatSeePrimary(situation).map(({ witness }) => witness);
  const missing = standbyMissingTo(situation).map(({ witness }) => witness);
  const rounds = situation.topology.policy.failureThreshold;
  if (!missing.some((witness) => outside.includes(witness))) return null;
  // With nobody eligible, who has not looked since the primary was let go on must not have it done again.
  if (situation.eligible === null && missing.length < primarySeenBy(situation).length) return null;
  return {
    reason: {
      code: S.standbyLoss,
      sentence: `the primary${ofStores([situation.store])} in ${situation.writer} itself has shown ${missing.join(', ')} no working standby for at least ${rounds} rounds`,
      numbers: { zone: situation.other, seenBy: missing.length, rounds },
    },
    supporters: missing,
    electorate: missing,
    accusation: null,
  };
};

/** With nobody eligible it is what a degrade that could not reach the primary, or a half-done rejoin, has left behind. */
const standbyLostTo = (situation: Situation): Match | null => {
  if (outsideThatSeePrimary(situation).length === 0) return null;
  const voted = situation.eligible === null ? null : standbyVotedLost(situation);
  return voted ?? standbyMissing(situation);
};

const standbyLost = (situation: Situation): Match | null => together(situation, standbyLostTo);

const standbyBackTo = (situation: Situation): Match | null => {
  if (situation.eligible !== null || situation.hold !== null) return null;
  if (outsideThatSeePrimary(situation).length === 0) return null;
  const returned = standbyReturned(situation);
  if (returned === null) return null;
  const rounds = situation.topology.policy.failureThreshold;
  return {
    reason: {
      code: S.standbyReturned,
      sentence: `${situation.other} has answered ${returned.witnesses.join(', ')} for at least ${rounds} rounds and is no standby${ofStores([situation.store])} yet`,
      numbers: { zone: situation.other, seenBy: returned.witnesses.length, rounds },
    },
    supporters: returned.witnesses,
    electorate: returned.electorate,
    accusation: null,
  };
};

/**
 * One store an operation, so that one which cannot rejoin does not keep the others from being eligible: after one that did
 * not succeed they have their turns, in their order, before it has another.
 */
const standbyBack = (situation: Situation): Match | null => {
  const last = situation.seat.lastOutcome;
  const hasFailed = last?.kind === OperationKind.rejoin && last.result !== OutcomeResult.completed;
  const seen = fromEachStore(situation);
  const failed = hasFailed ? seen.findIndex(({ store }) => last.stores.includes(store)) : -1;
  const turns = [...seen.slice(failed + 1), ...seen.slice(0, failed + 1)];
  const back = (each: Situation): Match | null => {
    const match = standbyBackTo(each);
    return match === null ? null : { ...match, stores: [each.store] };
  };
  return turns.map(back).find((match) => match !== null) ?? null;
};

const partition = (situation: Situation): Match | null =>
  isPartitioned(situation)
    ? noted(situation, {
        code: S.networkPartition,
        sentence: `${situation.writer} and ${situation.other} do not see each other, but are both seen from outside; the primary goes on`,
        numbers: { writer: situation.writer, other: situation.other },
      })
    : null;

const standbyAwayFrom = (situation: Situation): Match | null => {
  const { store, writer, other } = situation;
  const verdict = verdictIn(situation, store, other);
  if (situation.eligible !== null || verdict === undefined || !isFailed(verdict)) return null;
  const reason = {
    code: S.standbyLoss,
    sentence: `${other} is still away; ${writer} writes alone${store === Store.postgres ? '' : ` to ${STORE_LABEL[store]}`} until it answers again`,
    numbers: tally(situation, verdict),
  };
  return answers(verdictIn(situation, store, writer)) ? accusedBy(situation, verdict, reason) : null;
};

const standbyAway = (situation: Situation): Match | null => firstOf(situation, standbyAwayFrom);

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

/**
 * The first row that may be acted on names the scenario, else the first that matches. Rows that move PostgreSQL come first:
 * nothing later can mask them. A standby is given up before another store moves: that takes less, and writers wait for it.
 */
export const SCENARIO_RULES: readonly ScenarioRule[] = [
  {
    name: S.zoneLoss,
    evidence:
      "postgres of the writer's zone failed by quorum, and no accuser sees anything else of the zone, for the threshold",
    action: Action.failoverEmergency,
    why: 'the zone is gone: what could be waited for is gone with it',
    match: (situation) => postgresFailure(situation, false),
  },
  {
    name: S.postgresPrimaryFailure,
    evidence:
      "postgres of the writer's zone failed by quorum; its API or its host agent answers an accuser, and it refuses or they are steady",
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
      'the primary is seen alive from outside both data zones, and shows that witness no working standby while it waits for one; or a standby is eligible and failed by quorum',
    action: Action.degrade,
    why: 'I8, §3b.5-6: commits wait for a standby that will not answer; the primary may go on alone once the seat says so',
    match: standbyLost,
  },
  {
    name: S.partialServiceFailure,
    evidence:
      "a store beside PostgreSQL failed by quorum in its writer's zone, beyond lost packets; where PostgreSQL writes there too, a majority sees it answer",
    action: Action.failoverEmergency,
    why: 'only the store that failed moves: what works stays where it is',
    match: oneStoreFailure,
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
    name: S.lossyPath,
    evidence:
      "postgres of the writer's zone times out for a quorum, which the rest of the zone answers now and then",
    action: Action.none,
    why: 'a needless failover is worse than a slow one: wait until the zone is silent, refuses, or is otherwise steady',
    match: lossyPath,
  },
  {
    name: S.networkPartition,
    evidence: 'the data zones do not see each other; a witness outside both sees both',
    action: Action.none,
    why: 'the primary still serves; moving it would only trade one side for the other',
    match: partition,
  },
  {
    name: S.partialServiceFailure,
    evidence: 'active-active: the API of a zone failed by quorum, beyond lost packets',
    action: Action.none,
    why: 'both zones serve: its clients go to the other one by weights, which is undone as easily',
    match: apiDrained,
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
