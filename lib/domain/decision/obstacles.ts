import type { Operation, Outcome, SyncHold } from '../protocol/seat';
import { OperationKind, OperationMode, OutcomeResult, placeOf } from '../protocol/seat';
import { answers } from '../scenario/patterns';
import type { Situation } from '../scenario/situation';
import { seenFrom } from '../scenario/situation';
import type { Component, Policy, Store, Topology } from '../topology';
import { Automatic, isAsynchronous, isStore, leading, Store as S, STORE_LABEL, storesOf } from '../topology';
import type { Decision, Reason } from './decision';
import type { Moving } from './loss-bound';
import { beyondLimits, beyondReason, limitAt, lossBound } from './loss-bound';
import { ofStores } from './of-stores';

/** What an operation would do; the same shape as in a decision. */
export type Intended = NonNullable<Decision['operation']>;

/** `hold` may pass by itself with time or evidence; `refuse` needs the world or a person to change something. */
export interface Obstacle {
  readonly stops: 'hold' | 'refuse';
  readonly reason: Reason;
}

const hold = (code: string, sentence: string, numbers: Reason['numbers'] = {}): Obstacle => ({
  stops: 'hold',
  reason: { code, sentence, numbers },
});

const refuse = (code: string, sentence: string, numbers: Reason['numbers']): Obstacle => ({
  stops: 'refuse',
  reason: { code, sentence, numbers },
});

/** What is left is rounded up: 0 s left would be over. */
const inSeconds = (ms: number): number => Math.ceil(ms / 100) / 10;

const describe = ({ kind, mode, stores, from, to, epoch, phase }: Operation): string =>
  `the ${mode} ${kind}${ofStores(stores)} from ${from} to ${to} (epoch ${epoch}, ${phase})`;

/** I5: one operation at a time. */
export const busy = ({ seat }: Situation): readonly Obstacle[] => {
  const { operation } = seat;
  if (operation === null) return [];
  const { kind, epoch, phase, from, to, execution } = operation;
  const sentence = `the seat is held by ${describe(operation)}; wait until it has ended`;
  return [hold('busy', sentence, { kind, epoch, phase, from, to, execution })];
};

/** I6: only what moves the writer waits for the cooldown, each store for its own; those that move with another for that one's. */
export const cooldown = (
  { seat }: Situation,
  stores: readonly Store[],
  nowMs: number,
): readonly Obstacle[] => {
  const store = leading(stores);
  const leftMs = placeOf(seat, store).cooldownUntilMs - nowMs;
  if (leftMs <= 0) return [];
  const secondsLeft = inSeconds(leftMs);
  const sentence = `a failover${ofStores([store])} ended a short while ago; the cooldown has ${secondsLeft} s left (a person may override it)`;
  return [hold('cooldown', sentence, { secondsLeft })];
};

/** A person keeps the copy away: who, since when and why, and what moving there would lose by now. */
export const heldReason = (seen: Situation & { readonly hold: SyncHold }, nowMs?: number): Reason => {
  const { store, hold, other } = seen;
  const { how, by, reason, sinceMs } = hold;
  const since = new Date(sinceMs).toISOString();
  const bound =
    nowMs === undefined
      ? null
      : lossBound(seen, { component: store, to: other, mode: OperationMode.emergency, nowMs });
  const lost =
    bound === null
      ? ''
      : `; moving there could lose ${bound.boundSeconds ?? 'an unknown number of'} seconds of writes`;
  return {
    code: 'sync-held',
    sentence: `sync of ${STORE_LABEL[store]} was ${how} by ${by} since ${since} (${reason})${lost}; evac sync resume lets it come back`,
    numbers: { store, how, by, since, ...(bound === null ? {} : { boundSeconds: bound.boundSeconds }) },
  };
};

/** §3b.7: what is not a proven synchronous standby is never promoted by itself. */
export const notEligible = (
  situation: Situation,
  { to, stores }: Pick<Intended, 'to' | 'stores'>,
  nowMs?: number,
): readonly Obstacle[] =>
  stores
    .map((store) => seenFrom(situation, store))
    .filter(({ eligible }) => eligible !== to)
    .map((seen) => {
      const { store, eligible, hold } = seen;
      if (hold !== null) return { stops: 'refuse', reason: heldReason({ ...seen, hold }, nowMs) };
      return refuse(
        'not-eligible',
        `${to} is not a proven ${isAsynchronous(store) ? 'follower' : 'synchronous standby'}${ofStores([store])} (eligible: ${eligible ?? 'none'}); promoting it could lose acknowledged writes`,
        { to, eligible, ...(store === S.postgres ? {} : { store }) },
      );
    });

/** I3, over the stores that move and gate; `acceptedSeconds`: what a person has accepted to lose. */
export const rpoExceeded = (
  situation: Situation,
  move: Moving & Pick<Intended, 'stores'> & { readonly acceptedSeconds: number | null },
): readonly Obstacle[] =>
  beyondLimits(situation, move).map(({ bound, limitSeconds }) => ({
    stops: 'refuse',
    reason: beyondReason(bound, limitSeconds),
  }));

export const LOSS_STATED = 'loss-stated';

/**
 * What an emergency may lose of a store that acknowledges alone: it goes on record with a decision that nothing stands in the
 * way of. What it may not lose is an obstacle.
 */
export const statedLosses = (
  situation: Situation,
  move: Moving & Pick<Intended, 'stores'> & { readonly acceptedSeconds: number | null },
): readonly Reason[] =>
  move.stores
    .filter((store) => isAsynchronous(store) && move.mode === OperationMode.emergency)
    .map((component) => {
      const { boundSeconds, why } = lossBound(situation, { ...move, component });
      const limitSeconds = limitAt(situation.topology, component, move.acceptedSeconds);
      const sentence = `up to ${boundSeconds} seconds of ${component} writes may be lost, within the limit of ${limitSeconds}: ${why}`;
      return { code: LOSS_STATED, sentence, numbers: { component, boundSeconds, limitSeconds } };
    });

/**
 * What only a person may decide, at a price that is kept: a standby that is not proven, and of what acknowledges alone more
 * than its objective.
 */
export const needsPrice = (
  situation: Situation,
  move: Moving & Pick<Intended, 'stores'>,
): readonly Obstacle[] => [
  ...notEligible(situation, move, move.nowMs),
  ...rpoExceeded(situation, {
    ...move,
    stores: move.stores.filter(isAsynchronous),
    acceptedSeconds: null,
  }),
];

/** The API goes with PostgreSQL. */
const isPartOf = (component: Component, stores: readonly Store[]): boolean =>
  isStore(component) ? stores.includes(component) : stores.includes(S.postgres);

/** Every component that moves must have answered somebody outside the zone it would serve from. */
export const targetNotHealthy = (
  situation: Situation,
  { to, stores }: Pick<Intended, 'to' | 'stores'>,
): readonly Obstacle[] =>
  situation.verdicts
    .filter(({ component }) => isPartOf(component, stores))
    .filter((verdict) => verdict.zone === to && !answers(verdict))
    .map(({ component, state, score }) =>
      refuse(
        'target-not-healthy',
        `${component} in ${to} is ${state}: nobody outside ${to} had an answer from it`,
        { component, zone: to, score },
      ),
    );

export const lowConfidence = (situation: Situation, confidence: number): readonly Obstacle[] => {
  const minimum = situation.topology.policy.minimumConfidence;
  return confidence >= minimum
    ? []
    : [
        hold('low-confidence', `the confidence is ${confidence}, an automatic action needs ${minimum}`, {
          confidence,
          minimum,
        }),
      ];
};

/** A failed rejoin is slow and heavy: a step's deadline. All else: one detection time, so a real loss is not delayed. */
const retryAfterMs = (kind: OperationKind, result: OutcomeResult, policy: Policy): number =>
  kind === OperationKind.rejoin && result !== OutcomeResult.released
    ? policy.stepDeadlineMs
    : policy.failureThreshold * policy.checkIntervalMs;

/** Done, and not wanted again so soon: rounds from before a degrade still show what it has ended. */
const isOver = ({ kind, result }: Outcome): boolean =>
  result === OutcomeResult.completed && kind !== OperationKind.degrade;

/**
 * The gate of a rejoin stops the writers for a moment, which looks like a standby that is gone. A round from before its end
 * is no longer fresh when this has passed.
 */
const justRejoined = (last: Outcome, { kind }: Intended, { policy }: Topology, nowMs: number) => {
  const isProven = last.kind === OperationKind.rejoin && last.result === OutcomeResult.completed;
  const leftMs = last.atMs + policy.staleAfterMs - nowMs;
  if (!isProven || kind !== OperationKind.degrade || leftMs <= 0) return [];
  const secondsLeft = inSeconds(leftMs);
  const sentence = `the rejoin of ${last.to} has just been completed; what was seen before its end does not count, for ${secondsLeft} s`;
  return [hold('backoff', sentence, { secondsLeft, lastEpoch: last.epoch })];
};

/** The rejoins of several stores have their turns at once; when each has had one, the first one's pause is for all. */
const isItsTurn = ({ topology }: Situation, { kind, stores }: Intended, last: Outcome): boolean => {
  if (last.stores.some((store) => stores.includes(store))) return false;
  if (kind !== OperationKind.rejoin) return true;
  const order = storesOf(topology);
  return order.indexOf(leading(stores)) > order.indexOf(leading(last.stores));
};

/** The same operation has just ended, without success or seen by nobody yet: it gets time to pass. */
export const backoff = (situation: Situation, intended: Intended, nowMs: number): readonly Obstacle[] => {
  const last = situation.seat.lastOutcome;
  if (last === null) return [];
  if (isOver(last)) return justRejoined(last, intended, situation.topology, nowMs);
  if (last.kind !== intended.kind || last.to !== intended.to) return [];
  if (isItsTurn(situation, intended, last)) return [];
  const leftMs = last.atMs + retryAfterMs(last.kind, last.result, situation.topology.policy) - nowMs;
  if (leftMs <= 0) return [];
  const secondsLeft = inSeconds(leftMs);
  const sentence = `the last ${last.kind} to ${last.to} was ${last.result} (${last.reason}); the next try is in ${secondsLeft} s`;
  return [hold('backoff', sentence, { secondsLeft, lastEpoch: last.epoch })];
};

/** `off` and `shadow` stop every automatic effect, degrade and rejoin too; the decision is recorded all the same. */
export const notAutomatic = (situation: Situation): readonly Obstacle[] => {
  const { automatic } = situation.topology.policy;
  if (automatic === Automatic.off)
    return [hold('automatic-off', 'the policy says automatic: off; a person has to start this')];
  if (automatic === Automatic.shadow)
    return [hold('shadow', 'the policy says automatic: shadow; this is recorded and not done')];
  return [];
};
