import type { Observation } from '../observation';
import { OperationKind, OperationMode } from '../protocol/seat';
import type { VoterRound } from '../protocol/seat';
import type { Classified } from '../scenario/classify';
import { classify, classifyAll } from '../scenario/classify';
import type { Match } from '../scenario/match';
import { Action } from '../scenario/rules';
import type { Situation } from '../scenario/situation';
import { seenFrom, situationOf } from '../scenario/situation';
import type { WitnessId } from '../topology';
import { Component, leading, Store } from '../topology';
import { electorateOf } from '../quorum/electorate';
import { verdictOn, votersFor } from '../quorum/judge';
import type { Testimony } from './confidence';
import { confidenceOf } from './confidence';
import type { Decision, Reason } from './decision';
import { DecisionKind } from './decision';
import type { Intended, Obstacle } from './obstacles';
import {
  backoff,
  busy,
  cooldown,
  lowConfidence,
  notAutomatic,
  notEligible,
  rpoExceeded,
  statedLosses,
  targetNotHealthy,
} from './obstacles';
import { refuseSeat } from './refuse-seat';
import { seatFault } from './seat-fault';
import type { Snapshot } from './snapshot';
import { unansweredReasons, unsettledReasons } from './unsettled';

const OPERATION: Record<Action, Pick<Intended, 'kind' | 'mode'> | null> = {
  [Action.failoverEmergency]: { kind: OperationKind.failover, mode: OperationMode.emergency },
  [Action.failoverPlanned]: { kind: OperationKind.failover, mode: OperationMode.planned },
  [Action.degrade]: { kind: OperationKind.degrade, mode: OperationMode.emergency },
  [Action.rejoin]: { kind: OperationKind.rejoin, mode: OperationMode.planned },
  [Action.none]: null,
};

const POSTGRES = [Store.postgres] as const;

const intendedBy = (situation: Situation, action: Action, { stores = POSTGRES }: Match): Intended | null => {
  const operation = OPERATION[action];
  if (operation === null) return null;
  const { writer, other } = seenFrom(situation, leading(stores));
  return { ...operation, stores, from: writer, to: other };
};

const voterRounds = (
  observations: readonly Observation[],
  witnesses: readonly WitnessId[],
): readonly VoterRound[] =>
  observations
    .filter(({ witness }) => witnesses.includes(witness))
    .map(({ witness, runId, round }) => ({ witness, runId, round }));

/** Without a match: how sure we are that the writer's store is well. */
const calmTestimony = (situation: Situation): Testimony => {
  const accused = { component: Component.postgres, zone: situation.writer };
  const verdict = verdictOn(situation.verdicts, accused);
  const supporters = verdict === undefined ? [] : votersFor(verdict, 'ok');
  return { supporters, electorate: electorateOf(situation.topology, accused), accused: null };
};

/** Whose word a decision rests on. */
export const testimonyIn = (situation: Situation, match: Match | null): Testimony =>
  match === null ? calmTestimony(situation) : { ...match, accused: match.accusation };

/** Everything that stands in the way, the most telling first; `off` and `shadow` last, so a record shows the rest, too. */
const obstaclesTo = (
  situation: Situation,
  intended: Intended,
  facts: { readonly nowMs: number; readonly confidence: number },
): readonly Obstacle[] => {
  const { nowMs, confidence } = facts;
  const { to, stores, kind, mode } = intended;
  const moving =
    kind === OperationKind.failover
      ? [
          ...notEligible(situation, intended, nowMs),
          ...rpoExceeded(situation, { to, stores, mode, nowMs, acceptedSeconds: null }),
          ...targetNotHealthy(situation, intended),
          ...cooldown(situation, stores, nowMs),
        ]
      : [];
  return [
    ...busy(situation),
    ...moving,
    ...lowConfidence(situation, confidence),
    ...backoff(situation, intended, nowMs),
    ...notAutomatic(situation),
  ];
};

const kindOf = (intended: Intended, obstacles: readonly Obstacle[]): DecisionKind => {
  if (obstacles.some(({ stops }) => stops === 'refuse')) return DecisionKind.refuse;
  if (obstacles.length > 0) return DecisionKind.hold;
  return intended.kind === OperationKind.failover ? DecisionKind.failover : DecisionKind.act;
};

const CALM: Reason = {
  code: 'nothing-to-do',
  sentence: 'no scenario matches the evidence',
  numbers: {},
};

type Judged = Pick<Decision, 'kind' | 'operation' | 'reasons'>;

const withoutAction = (situation: Situation, { match }: Classified): Judged => {
  const open = unsettledReasons(situation);
  const noted = match === null ? unansweredReasons(situation) : [match.reason];
  const reasons = [...open, ...noted, ...busy(situation).map(({ reason }) => reason)];
  return reasons.length === 0
    ? { kind: DecisionKind.none, operation: null, reasons: [CALM] }
    : { kind: DecisionKind.hold, operation: null, reasons };
};

const withAction = (
  situation: Situation,
  intended: Intended,
  match: Match,
  facts: { readonly nowMs: number; readonly confidence: number },
): Judged => {
  const obstacles = obstaclesTo(situation, intended, facts);
  const move = { ...intended, nowMs: facts.nowMs, acceptedSeconds: null };
  const goesOn = obstacles.length === 0 && intended.kind === OperationKind.failover;
  return {
    kind: kindOf(intended, obstacles),
    operation: intended,
    reasons: [
      match.reason,
      ...obstacles.map(({ reason }) => reason),
      ...(goesOn ? statedLosses(situation, move) : []),
    ],
  };
};

/** What one row of the scenario table makes of a situation. */
export interface Considered {
  readonly found: Classified;
  readonly confidence: number;
  readonly judged: Judged;
}

const consider = (situation: Situation, found: Classified, nowMs: number): Considered => {
  const { confidence } = confidenceOf(situation.evidence, testimonyIn(situation, found.match));
  const intended = found.match === null ? null : intendedBy(situation, found.action, found.match);
  const judged =
    intended === null || found.match === null
      ? withoutAction(situation, found)
      : withAction(situation, intended, found.match, { nowMs, confidence });
  return { found, confidence, judged };
};

const acts = ({ judged: { kind } }: Considered): boolean =>
  kind === DecisionKind.failover || kind === DecisionKind.act;

/**
 * The first row that may be acted on; where none may, the first that matches. What is held or refused for one store must
 * not keep another from being let go on or from rejoining.
 */
export const considerAll = (situation: Situation, nowMs: number): Considered => {
  const rows = classifyAll(situation).map((found) => consider(situation, found, nowMs));
  return rows.find(acts) ?? rows[0] ?? consider(situation, classify(situation), nowMs);
};

/**
 * What to do, from a snapshot alone (I12). `operation` says what the evidence asks for, `kind` whether it is done:
 * only `failover` and `act` are. The claim made from it must be bound to `voters` (§3b.9).
 */
export const decide = (snapshot: Snapshot): Decision => {
  const fault = seatFault(snapshot);
  if (fault !== null) return refuseSeat(snapshot, fault);
  const situation = situationOf(snapshot);
  const { found, confidence, judged } = considerAll(situation, snapshot.nowMs);
  return {
    ...judged,
    scenario: found.name,
    confidence,
    verdicts: situation.verdicts,
    voters: voterRounds(situation.evidence.fresh, found.match?.supporters ?? []),
    seatEpoch: snapshot.seat.epoch,
    policyVersion: snapshot.policyVersion,
  };
};
