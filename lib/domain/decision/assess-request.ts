import type { Rebuild, SyncHold } from '../protocol/seat';
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
import { fromEachStore, seenFrom, situationOf, verdictIn } from '../scenario/situation';
import type { Store, ZoneId } from '../topology';
import { dataZones, electsItself, leading, Store as S, storesOf } from '../topology';
import type { Testimony } from './confidence';
import { confidenceOf } from './confidence';
import type { Decision, Reason } from './decision';
import { DecisionKind } from './decision';
import type { Intended } from './obstacles';
import {
  busy,
  cooldown,
  heldReason,
  needsPrice,
  notEligible,
  rpoExceeded,
  statedLosses,
  targetNotHealthy,
} from './obstacles';
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
  /** Default: every store that is not where it should be. */
  readonly only?: readonly Store[];
  readonly overrideCooldown?: boolean;
  /** Emergency only: the most seconds of acknowledged writes they accept to lose, on record. */
  readonly acceptLossSeconds?: number | null;
  /** With a rejoin: the standby is made anew from its writer, which has none while that lasts. */
  readonly rebuild?: Rebuild;
  /** Degrade only: a person keeps the copy away from then on. */
  readonly hold?: SyncHold;
  /** Rejoin only: as `rebuild`, of a copy that a person has marked for it. */
  readonly anew?: boolean;
}

interface Asked {
  readonly situation: Situation;
  readonly request: OperationRequest;
  readonly kind: OperationKind;
  /** What is asked for is done with these. */
  readonly stores: readonly Store[];
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

const unknownStore: Check = ({ situation, request }) => {
  const known = storesOf(situation.topology);
  const unknown = (request.only ?? []).filter((store) => !known.includes(store));
  if (unknown.length === 0) return [];
  return refusal('unknown-store', `there is no ${unknown.join(' and no ')}; known are ${known.join(', ')}`, {
    only: unknown.join(', '),
  });
};

const sameZone: Check = ({ situation, request, stores }) => {
  const there = stores.filter((store) => seenFrom(situation, store).writer === request.to);
  if (stores.length > 0 && there.length === 0) return [];
  const of = there.includes(S.postgres) || there.length === 0 ? '' : ` of ${there.join(' and ')}`;
  return refusal('same-zone', `${request.to} is already the writer${of}; there is nothing to move`, {
    to: request.to,
  });
};

const noReason: Check = ({ request }) =>
  request.reason.trim() === ''
    ? refusal('no-reason', 'a reason is needed: it is kept with the decision and shown in the report')
    : [];

const seatIsBusy: Check = ({ situation }) => busy(situation).map(({ reason }) => reason);

const inCooldown: Check = ({ situation, request, kind, stores, nowMs }) =>
  movesWriter(kind) && request.overrideCooldown !== true
    ? cooldown(situation, stores, nowMs).map(({ reason }) => reason)
    : [];

/** A recorded waiver of I1 and I2 goes with an emergency only, and only up to the loss it names. */
const promotable: Check = ({ situation, request, kind, stores, nowMs }) => {
  const { to, mode } = request;
  const move = { to, stores, mode, nowMs };
  const obstacles = needsPrice(situation, move);
  if (!movesWriter(kind) || obstacles.length === 0) return [];
  const acceptedSeconds = request.acceptLossSeconds ?? null;
  if (mode === OperationMode.planned || acceptedSeconds === null)
    return obstacles.map(({ reason }) => reason);
  return rpoExceeded(situation, { ...move, acceptedSeconds }).map(({ reason }) => reason);
};

/** Unknown is not healthy. */
const writerUnwell = ({ situation }: Asked, store: Store, consequence: string): readonly Reason[] => {
  const { writer } = seenFrom(situation, store);
  const verdict = verdictIn(situation, store, writer);
  if (answers(verdict)) return [];
  const state = verdict?.state ?? 'unknown';
  return refusal('source-not-healthy', `${store} in ${writer} is ${state}: ${consequence}`, {
    zone: writer,
    score: verdict?.score ?? null,
  });
};

/** Only what lives can be asked to pause. */
const sourceNotHealthy: Check = (asked) => {
  const { request, kind, stores } = asked;
  if (!movesWriter(kind) || request.mode !== OperationMode.planned) return [];
  const consequence = 'it cannot be paused; ask for an emergency failover instead';
  return stores.flatMap((store) => writerUnwell(asked, store, consequence));
};

/** Planned: all of the target must have answered. Emergency: a person may know more, so only a failed store refuses. */
const unfitTarget: Check = ({ situation, request, kind, stores }) => {
  if (!movesWriter(kind)) return [];
  const { to, mode } = request;
  const obstacles = targetNotHealthy(situation, { to, stores });
  const fatal =
    mode === OperationMode.planned || stores.some((store) => isFailed(verdictIn(situation, store, to)));
  return fatal ? obstacles.map(({ reason }) => reason) : [];
};

const isHeldUp = (seen: Situation): boolean => seen.eligible === null && standbyMissingTo(seen).length > 0;

/** I8, §3b.5: also a person may not degrade a primary that nobody outside sees alive, nor one that waits for nobody. */
const unfitDegrade: Check = ({ situation, request, kind, stores }) => {
  if (kind !== OperationKind.degrade) return [];
  const { to } = request;
  return stores
    .map((store) => seenFrom(situation, store))
    .flatMap((seen) => {
      // A mark is set on a copy that is not eligible, too: it keeps it from becoming so.
      if (request.hold === undefined && seen.eligible !== to && !isHeldUp(seen))
        return notEligible(situation, { to, stores: [seen.store] }).map(({ reason }) => reason);
      if (outsideThatSeePrimary(seen).length > 0) return [];
      return refusal(
        'source-not-healthy',
        `no witness outside the data zones sees the primary in ${seen.writer} alive; it must not go on alone`,
        { zone: seen.writer },
      );
    });
};

const hasNoStandby: Check = ({ kind, stores }) => {
  const among = stores.filter(electsItself);
  if (movesWriter(kind) || among.length === 0) return [];
  return refusal('no-standby', `${among.join(' and ')} elects by itself and has no standby to ${kind}`);
};

const unfitRejoin: Check = ({ situation, request, kind, stores }) => {
  if (kind !== OperationKind.rejoin || request.rebuild !== undefined) return [];
  const { to } = request;
  return stores
    .map((store) => seenFrom(situation, store))
    .flatMap((seen) => {
      const { eligible, hold } = seen;
      if (hold !== null && request.anew !== true) return [heldReason({ ...seen, hold })];
      if (eligible !== null)
        return refusal('standby-eligible', `${eligible} is an eligible standby already`, { eligible });
      if (standbyReturned({ ...seen, other: to }) !== null) return [];
      return refusal(
        'target-not-healthy',
        `neither the host nor the store in ${to} answers a majority steadily`,
        { zone: to },
      );
    });
};

const notProven = ({ situation, request }: Asked, store: Store): readonly Reason[] => {
  const { to } = request;
  const { eligible } = seenFrom(situation, store);
  if (eligible === to) return [];
  return refusal(
    'not-eligible',
    `${to} is not the proven standby of ${store} (eligible: ${eligible ?? 'none'}); it is made anew only as that`,
    { to, store, eligible },
  );
};

/** The writer's is the only copy while another one is made: it has to be seen well, and the other one to be the proven standby. */
const unfitRebuild: Check = (asked) => {
  const { request, kind, stores } = asked;
  if (request.rebuild === undefined) return [];
  if (kind !== OperationKind.rejoin)
    return refusal('not-a-rejoin', `a ${kind} makes no copy anew; only a rejoin does`);
  const unproven = stores.flatMap((store) => notProven(asked, store));
  if (unproven.length > 0) return unproven;
  const consequence = 'no copy is given up while its writer is not seen well';
  return stores.flatMap((store) => writerUnwell(asked, store, consequence));
};

/** The cheap and certain ones first: what is wrong with the request, then with the moment, then with the world. */
const CHECKS: readonly Check[] = [
  unknownZone,
  notADataZone,
  unknownStore,
  sameZone,
  noReason,
  seatIsBusy,
  inCooldown,
  promotable,
  sourceNotHealthy,
  unfitTarget,
  hasNoStandby,
  unfitDegrade,
  unfitRejoin,
  unfitRebuild,
];

const asRequested = ({ request }: Asked): Reason => ({
  code: 'requested',
  sentence: request.reason.trim(),
  numbers: { to: request.to, acceptLossSeconds: request.acceptLossSeconds ?? null },
});

const stated = ({ situation, request, kind, stores, nowMs }: Asked): readonly Reason[] => {
  const { to, mode, acceptLossSeconds = null } = request;
  const move = { to, mode, stores, nowMs, acceptedSeconds: acceptLossSeconds };
  return movesWriter(kind) ? statedLosses(situation, move) : [];
};

/** How surely the target's store is well. */
export const targetTestimony = (situation: Situation, to: ZoneId): Testimony => {
  const accused = { component: S.postgres, zone: to };
  const verdict = verdictIn(situation, accused.component, to);
  return {
    supporters: verdict === undefined ? [] : votersFor(verdict, 'ok'),
    electorate: electorateOf(situation.topology, accused),
    accused: null,
  };
};

const operationFor = ({ situation, request, kind, stores }: Asked): Intended => ({
  kind,
  mode: request.mode,
  stores,
  from: seenFrom(situation, leading(stores)).writer,
  to: request.to,
  ...(request.rebuild === undefined ? {} : { rebuild: request.rebuild }),
});

/** The stores for which there is something to do; in one operation all of them write in one zone. */
const storesFor = (situation: Situation, to: ZoneId, kind: OperationKind): readonly Store[] => {
  const elsewhere = fromEachStore(situation).filter(({ writer }) => writer !== to);
  const concerned = elsewhere.filter((seen) => {
    if (movesWriter(kind)) return true;
    if (electsItself(seen.store)) return false;
    return kind === OperationKind.degrade ? seen.eligible === to || isHeldUp(seen) : seen.eligible === null;
  });
  const found = concerned.length > 0 ? concerned : elsewhere;
  return found.filter(({ writer }) => writer === found[0]?.writer).map(({ store }) => store);
};

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
    reasons: accepted ? [asRequested(asked), ...stated(asked)] : refusals,
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
  const situation = situationOf(snapshot);
  const stores = request.only ?? storesFor(situation, request.to, kind);
  return answer({ situation, request, kind, stores, nowMs: snapshot.nowMs }, snapshot);
};
