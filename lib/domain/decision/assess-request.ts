import { movesWriter, OperationKind, OperationMode } from '../protocol/seat';
import { electorateOf } from '../quorum/electorate';
import { votersFor } from '../quorum/judge';
import { classify } from '../scenario/classify';
import {
  answers,
  isFailed,
  outsideThatSeePrimary,
  standbyMissingTo,
  standbyReturned,
} from '../scenario/patterns';
import type { Situation } from '../scenario/situation';
import { situationOf, verdictIn } from '../scenario/situation';
import type { ZoneId } from '../topology';
import { Component, dataZones } from '../topology';
import type { Testimony } from './confidence';
import { confidenceOf } from './confidence';
import type { Decision, Reason } from './decision';
import { DecisionKind } from './decision';
import type { Intended } from './obstacles';
import { busy, cooldown, notEligible, rpoExceeded, targetNotHealthy } from './obstacles';
import { refuseSeat } from './refuse-seat';
import { seatFault } from './seat-fault';
import type { Snapshot } from './snapshot';

/** What a person asks for, from the CLI or the Step Functions console. */
export interface OperationRequest {
  readonly to: ZoneId;
  readonly mode: OperationMode;
  readonly reason: string;
  /** Default: failover. */
  readonly kind?: OperationKind;
  readonly overrideCooldown?: boolean;
  /** Emergency only: the most seconds of acknowledged writes they accept to lose, on record. */
  readonly acceptLossSeconds?: number | null;
}

interface Asked {
  readonly situation: Situation;
  readonly request: OperationRequest;
  readonly kind: OperationKind;
  readonly nowMs: number;
}

type Check = (asked: Asked) => readonly Reason[];

const refusal = (code: string, sentence: string, numbers: Reason['numbers'] = {}): readonly Reason[] => [
  { code, sentence, numbers },
];

const unknownZone: Check = ({ situation, request }) => {
  const known = situation.topology.zones.map(({ id }) => id);
  if (known.includes(request.to)) return [];
  return refusal('unknown-zone', `there is no zone "${request.to}"; known are ${known.join(', ')}`, {
    to: request.to,
  });
};

const notADataZone: Check = ({ situation, request }) => {
  const zones = dataZones(situation.topology);
  if (zones.includes(request.to)) return [];
  return refusal('not-a-data-zone', `${request.to} only witnesses; the data is in ${zones.join(' and ')}`, {
    to: request.to,
  });
};

const sameZone: Check = ({ situation, request }) =>
  request.to === situation.writer
    ? refusal('same-zone', `${request.to} is already the writer; there is nothing to move`, {
        to: request.to,
      })
    : [];

const noReason: Check = ({ request }) =>
  request.reason.trim() === ''
    ? refusal('no-reason', 'a reason is needed: it is kept with the decision and shown in the report')
    : [];

const seatIsBusy: Check = ({ situation }) => busy(situation).map(({ reason }) => reason);

const inCooldown: Check = ({ situation, request, kind, nowMs }) =>
  movesWriter(kind) && request.overrideCooldown !== true
    ? cooldown(situation, nowMs).map(({ reason }) => reason)
    : [];

/** A recorded waiver of I1 and I2 goes with an emergency only, and only up to the loss it names. */
const promotable: Check = ({ situation, request, kind, nowMs }) => {
  const { to, mode } = request;
  const obstacles = notEligible(situation, to);
  if (!movesWriter(kind) || obstacles.length === 0) return [];
  const limitSeconds = request.acceptLossSeconds ?? null;
  if (mode === OperationMode.planned || limitSeconds === null) return obstacles.map(({ reason }) => reason);
  return rpoExceeded(situation, { to, nowMs, limitSeconds }).map(({ reason }) => reason);
};

/** Only what lives can be asked to pause; unknown is not healthy. */
const sourceNotHealthy: Check = ({ situation, request, kind }) => {
  if (!movesWriter(kind) || request.mode !== OperationMode.planned) return [];
  const verdict = verdictIn(situation, Component.postgres, situation.writer);
  if (answers(verdict)) return [];
  return refusal(
    'source-not-healthy',
    `postgres in ${situation.writer} is ${verdict?.state ?? 'unknown'}: it cannot be paused; ask for an emergency failover instead`,
    { zone: situation.writer, score: verdict?.score ?? null },
  );
};

/** Planned: all of the target must have answered. Emergency: a person may know more, so only a failed store refuses. */
const unfitTarget: Check = ({ situation, request, kind }) => {
  if (!movesWriter(kind)) return [];
  const obstacles = targetNotHealthy(situation, request.to);
  const fatal =
    request.mode === OperationMode.planned || isFailed(verdictIn(situation, Component.postgres, request.to));
  return fatal ? obstacles.map(({ reason }) => reason) : [];
};

/** I8, §3b.5: also a person may not degrade a primary that nobody outside sees alive, nor one that waits for nobody. */
const unfitDegrade: Check = ({ situation, request, kind }) => {
  if (kind !== OperationKind.degrade) return [];
  const isHeldUp = situation.seat.eligible === null && standbyMissingTo(situation).length > 0;
  if (situation.seat.eligible !== request.to && !isHeldUp)
    return notEligible(situation, request.to).map(({ reason }) => reason);
  if (outsideThatSeePrimary(situation).length > 0) return [];
  return refusal(
    'source-not-healthy',
    `no witness outside the data zones sees the primary in ${situation.writer} alive; it must not go on alone`,
    { zone: situation.writer },
  );
};

const unfitRejoin: Check = ({ situation, request, kind }) => {
  if (kind !== OperationKind.rejoin) return [];
  if (situation.seat.eligible !== null)
    return refusal('standby-eligible', `${situation.seat.eligible} is an eligible standby already`, {
      eligible: situation.seat.eligible,
    });
  if (standbyReturned({ ...situation, other: request.to }) !== null) return [];
  return refusal(
    'target-not-healthy',
    `neither the host nor the store in ${request.to} answers a majority steadily`,
    {
      zone: request.to,
    },
  );
};

/** The cheap and certain ones first: what is wrong with the request, then with the moment, then with the world. */
const CHECKS: readonly Check[] = [
  unknownZone,
  notADataZone,
  sameZone,
  noReason,
  seatIsBusy,
  inCooldown,
  promotable,
  sourceNotHealthy,
  unfitTarget,
  unfitDegrade,
  unfitRejoin,
];

const asRequested = ({ request }: Asked): Reason => ({
  code: 'requested',
  sentence: request.reason.trim(),
  numbers: { to: request.to, acceptLossSeconds: request.acceptLossSeconds ?? null },
});

/** How surely the target's store is well. */
export const targetTestimony = (situation: Situation, to: ZoneId): Testimony => {
  const accused = { component: Component.postgres, zone: to };
  const verdict = verdictIn(situation, Component.postgres, to);
  return {
    supporters: verdict === undefined ? [] : votersFor(verdict, 'ok'),
    electorate: electorateOf(situation.topology, accused),
    accused: null,
  };
};

const operationFor = ({ situation, request, kind }: Asked): Intended => ({
  kind,
  mode: request.mode,
  from: situation.writer,
  to: request.to,
});

const answer = (asked: Asked, snapshot: Snapshot): Decision => {
  const refusals = CHECKS.reduce<readonly Reason[]>(
    (found, check) => (found.length > 0 ? found : check(asked)),
    [],
  );
  const accepted = refusals.length === 0;
  const done = movesWriter(asked.kind) ? DecisionKind.failover : DecisionKind.act;
  return {
    kind: accepted ? done : DecisionKind.refuse,
    scenario: classify(asked.situation).name,
    operation: accepted ? operationFor(asked) : null,
    confidence: confidenceOf(asked.situation.evidence, targetTestimony(asked.situation, asked.request.to))
      .confidence,
    reasons: accepted ? [asRequested(asked)] : refusals,
    verdicts: asked.situation.verdicts,
    voters: [],
    seatEpoch: snapshot.seat.epoch,
    policyVersion: snapshot.policyVersion,
  };
};

/**
 * A person's request, against the same evidence and the same seat: a decision with an `operation`, or a refusal
 * (`operation` null, the codes in `reasons`). It rests on their word, so it has no voters; `automatic` and the
 * minimum confidence do not apply. The confidence shown is how surely the target's store is well.
 */
export const assessRequest = (snapshot: Snapshot, request: OperationRequest): Decision => {
  const fault = seatFault(snapshot);
  if (fault !== null) return refuseSeat(snapshot, fault);
  const kind = request.kind ?? OperationKind.failover;
  return answer({ situation: situationOf(snapshot), request, kind, nowMs: snapshot.nowMs }, snapshot);
};
