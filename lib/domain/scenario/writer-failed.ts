import type { Verdict } from '../decision/decision';
import { ScenarioName as S } from '../decision/decision';
import { beyondLimits } from '../decision/loss-bound';
import { OperationMode } from '../protocol/seat';
import type { ZoneId } from '../topology';
import { Component, isAsynchronous, Store, STORE_LABEL } from '../topology';
import { electorateOf, isQuorum } from '../quorum/electorate';
import { votersFor } from '../quorum/judge';
import { isBeyondLoss } from './certainty';
import type { Match } from './match';
import { accusedBy, tally } from './match';
import { answersMost, isFailed, zoneLives } from './patterns';
import type { Situation } from './situation';
import { firstOf, seenFrom, storesWritingIn, verdictIn } from './situation';

/** Nobody waits for its standby: more than its objective may be at stake. */
const whyTooFarBehind = (situation: Situation, store: Store): string | null => {
  const { other: to, nowMs } = situation;
  const move = { to, nowMs, stores: [store], mode: OperationMode.emergency, acceptedSeconds: null };
  const [found] = isAsynchronous(store) ? beyondLimits(situation, move) : [];
  if (found === undefined) return null;
  const { bound, limitSeconds } = found;
  return `up to ${bound.boundSeconds ?? 'an unknown number of'} seconds of it could be lost, its objective is ${limitSeconds}: ${bound.why}`;
};

/**
 * Why it does not go with the others; null: it is proven at the other zone. With PostgreSQL unproven nothing is, and the
 * refusal names them all.
 */
const whyItStays = (situation: Situation, store: Store): string | null => {
  const { eligible, other } = seenFrom(situation, store);
  if (situation.eligible === null) return null;
  if (eligible !== other) return 'no standby is proven to hold what was acknowledged';
  return whyTooFarBehind(situation, store);
};

/** Those that do not answer, where the zone does. */
const failsToo = (situation: Situation, store: Store): boolean =>
  store === Store.postgres || !answersMost(situation, verdictIn(situation, store, situation.writer));

/**
 * What goes with PostgreSQL: of a lost zone all that is proven elsewhere, since what is left behind is lost with it anyway
 * and a person may still move it at a price; of a zone that lives what has failed, too.
 */
const goesAlong = (situation: Situation, zoneIsAlive: boolean): readonly Store[] =>
  storesWritingIn(situation, situation.writer).filter(
    (store) => whyItStays(situation, store) === null && (!zoneIsAlive || failsToo(situation, store)),
  );

const leftBehind = (situation: Situation): string =>
  storesWritingIn(situation, situation.writer)
    .flatMap((store) => {
      const why = whyItStays(situation, store);
      return why === null ? [] : [`; ${STORE_LABEL[store]} stays: ${why}`];
    })
    .join('');

export const postgresFailure = (situation: Situation, zoneIsAlive: boolean): Match | null => {
  const { writer } = situation;
  const verdict = verdictIn(situation, Component.postgres, writer);
  if (verdict === undefined || !isFailed(verdict) || zoneLives(situation, verdict) !== zoneIsAlive)
    return null;
  if (!isBeyondLoss(situation, verdict)) return null;
  const who = votersFor(verdict, 'failed').join(', ');
  const sentence = zoneIsAlive
    ? `PostgreSQL in ${writer} failed by the word of ${who}, while other parts of the zone answer`
    : `nothing of ${writer} answers ${who} any more`;
  const stores = goesAlong(situation, zoneIsAlive);
  return accusedBy(situation, verdict, {
    stores,
    code: zoneIsAlive ? S.postgresPrimaryFailure : S.zoneLoss,
    sentence: `${sentence}${leftBehind(situation)}`,
    numbers: tally(situation, verdict),
  });
};

/** Where PostgreSQL writes in the same zone it must be seen to answer: else it fails too, and is about to be judged itself. */
const failsAlone = (situation: Situation, { zone }: Verdict): boolean =>
  situation.writer !== zone || answersMost(situation, verdictIn(situation, Component.postgres, zone));

const oneStoreFailed = (situation: Situation): Match | null => {
  const { store, writer } = situation;
  const verdict = verdictIn(situation, store, writer);
  if (store === Store.postgres || verdict === undefined || !isFailed(verdict)) return null;
  const asPostgres = seenFrom(situation, Store.postgres);
  if (!isBeyondLoss(situation, verdict) || !failsAlone(asPostgres, verdict)) return null;
  return accusedBy(situation, verdict, {
    stores: [store],
    code: S.partialServiceFailure,
    sentence: `${STORE_LABEL[store]} in ${writer} failed by the word of ${votersFor(verdict, 'failed').join(', ')}, and no other store with it`,
    numbers: tally(situation, verdict),
  });
};

/** Of a store beside PostgreSQL: only that one moves. */
export const oneStoreFailure = (situation: Situation): Match | null => firstOf(situation, oneStoreFailed);

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

/** Both zones serve: a sick API's clients go to the other one, and no store moves for them. */
const isBalanced = ({ topology }: Situation): boolean => topology.traffic.balance !== undefined;

/** Written to from the other zone until it may follow: waiting for its copies must not keep the API down. */
const staysWithoutHarm = (situation: Situation, store: Store): boolean =>
  isAsynchronous(store) && whyItStays(situation, store) !== null;

export const apiFailure = (situation: Situation): Match | null => {
  const { writer, other } = situation;
  if (isBalanced(situation)) return null;
  const verdict = verdictIn(situation, Component.api, writer);
  if (verdict === undefined || !isFailed(verdict)) return null;
  if (!isLongSilent(situation, verdict) || !isBeyondLoss(situation, verdict)) return null;
  if (!answersMost(situation, verdictIn(situation, Component.postgres, writer))) return null;
  if (!answersMost(situation, verdictIn(situation, Component.api, other))) return null;
  return accusedBy(situation, verdict, {
    stores: storesWritingIn(situation, writer).filter((store) => !staysWithoutHarm(situation, store)),
    code: S.partialServiceFailure,
    sentence: `the API in ${writer} failed, its PostgreSQL answers, and the API in ${other} is up`,
    numbers: tally(situation, verdict),
  });
};

const apiDrainedIn = (situation: Situation, zone: ZoneId): Match | null => {
  const verdict = verdictIn(situation, Component.api, zone);
  if (verdict === undefined || !isFailed(verdict) || !isBeyondLoss(situation, verdict)) return null;
  return accusedBy(situation, verdict, {
    code: S.partialServiceFailure,
    sentence: `the API in ${zone} failed by the word of ${votersFor(verdict, 'failed').join(', ')}; its traffic goes to the other zone by weights, and no store moves`,
    numbers: tally(situation, verdict),
  });
};

/** Of either zone. */
export const apiDrained = (situation: Situation): Match | null =>
  isBalanced(situation)
    ? (apiDrainedIn(situation, situation.writer) ?? apiDrainedIn(situation, situation.other))
    : null;

const lossyPathTo = (situation: Situation): Match | null => {
  const { store, writer } = situation;
  const verdict = verdictIn(situation, store, writer);
  if (verdict === undefined || !isFailed(verdict) || isBeyondLoss(situation, verdict)) return null;
  return accusedBy(situation, verdict, {
    code: S.lossyPath,
    sentence: `${STORE_LABEL[store]} in ${writer} times out for ${votersFor(verdict, 'failed').join(', ')}, and the rest of the zone answers them now and then: that may be lost packets, and is no proof of death`,
    numbers: tally(situation, verdict),
  });
};

export const lossyPath = (situation: Situation): Match | null => firstOf(situation, lossyPathTo);
