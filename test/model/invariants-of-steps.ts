import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import type { SeatEvent } from '../../lib/domain/protocol/transitions';
import type { ZoneId } from '../../lib/domain/topology';
import type { ClaimProof } from '../../lib/ports/state-store';
import { DEFAULT_EVIDENCE_SLACK_ROUNDS } from '../../lib/state/evidence';
import { NOW_MS, WITNESSES } from '../domain/decision/world';
import { epochAhead } from './looking';
import { lookBehind, storeLetterIn } from './looks';
import { holdsAll } from './replication';
import { seatOfId } from './seats';
import type { DataZone, World } from './world';
import { breach, DATA_ZONES, otherZone } from './world';

/** Invariants of a step: what may not be done, whatever it leads to. */

export interface SeatChange {
  readonly event: SeatEvent;
  readonly before: Seat;
  readonly after: Seat;
  readonly proof: ClaimProof | undefined;
}

const moves = ({ kind }: Operation): boolean => kind === 'failover' || kind === 'rollback';
const isInCooldown = (seat: Seat): boolean => seat.cooldownUntilMs > NOW_MS;

type Check = (world: World, change: SeatChange) => void;

const epochGrows: Check = (world, { event, before, after }) => {
  if (after.epoch < before.epoch)
    breach(world, 'I4 EpochOnlyGrows', `from ${before.epoch} to ${after.epoch}`);
  const takes = event.type === 'claim' || event.type === 'take-over' || event.type === 'reseat';
  if (takes && after.epoch <= before.epoch)
    breach(world, 'I4 EpochOnlyGrows', `${event.type} stays at epoch ${after.epoch}`);
};

/** A restore of the table is no change by Evac; nothing is claimed on what it brought back. */
const pastTheEngines: Check = (world, { event, before, after }) => {
  const isRestored = world.savedSeat >= 0 && before.epoch === seatOfId(world.savedSeat).epoch;
  if (event.type !== 'claim' || !isRestored) return;
  const inForce = Math.max(...DATA_ZONES.map((zone) => world.servers[zone].fenceEpoch));
  if (after.epoch <= inForce)
    breach(world, 'I4 EpochOnlyGrows', `a claim takes epoch ${after.epoch}, and ${inForce} is in force`);
};

/** Whoever a reseat names has everything, and the other must not be called eligible unproven. */
const reseatIsTrue: Check = (world, { event, after }) => {
  if (event.type !== 'reseat') return;
  if (!holdsAll(world.servers[after.writer as DataZone], world.acked & ~world.waived))
    breach(world, 'I2 NoAckedLoss', `the seat now names ${after.writer}, which lacks acknowledged writes`);
};

const oneHolder: Check = (world, { event, before }) => {
  const held = before.operation?.epoch ?? null;
  if (event.type === 'claim' && held !== null)
    breach(world, 'I5 OneAtATime', `a claim went through while epoch ${held} holds the seat`);
  const mine = 'epoch' in event ? event.epoch : event.type === 'take-over' ? event.seen.epoch : held;
  if (event.type !== 'claim' && mine !== held)
    breach(
      world,
      'I5 OneAtATime',
      `${event.type} of epoch ${mine} changed the seat that epoch ${held} holds`,
    );
};

const cooldownHolds: Check = (world, { event, before }) => {
  if (event.type !== 'claim' || !moves(event.operation) || !isInCooldown(before)) return;
  if (event.operation.trigger !== 'human' || !event.overrideCooldown)
    breach(world, 'I6 CooldownFromEnd', `a ${event.operation.kind} was claimed inside the cooldown`);
};

const cooldownStarts: Check = (world, { event, before, after }) => {
  const operation = before.operation;
  const ends = event.type === 'commit' && operation?.kind === 'failover' && operation.trigger !== 'drill';
  if (ends && !isInCooldown(after))
    breach(world, 'I6 CooldownFromEnd', 'a failover ended and no cooldown began');
  if (!ends && isInCooldown(after) && !isInCooldown(before))
    breach(world, 'I6 CooldownFromEnd', `${event.type} began a cooldown`);
};

const pointOfNoReturn: Check = (world, { event, before, after }) => {
  const isApart = event.type === 'begin-drill' || event.type === 'end-drill' || event.type === 'reseat';
  if (before.operation?.phase !== 'admitted' || isApart) return;
  const goesBack = after.operation === null ? event.type !== 'commit' : after.operation.phase !== 'admitted';
  if (goesBack) breach(world, 'I7 WayBack', `${event.type} went back behind the point of no return`);
};

/** Undone means: back to a writer that has everything. */
const backToAllWrites: Check = (world, { event, after }) => {
  if (event.type !== 'release') return;
  const writer = world.servers[after.writer as DataZone];
  if (!holdsAll(writer, world.acked & ~world.waived))
    breach(world, 'I7 WayBack', `undone to ${after.writer}, which lacks acknowledged writes`);
};

const isAutomatic = ({ trigger }: Operation): boolean => trigger !== 'human';

const lossGuarded: Check = (world, { event, before }) => {
  if (event.type !== 'claim' || !moves(event.operation) || event.operation.acceptLossSeconds !== null) return;
  if (before.eligible !== event.operation.to)
    breach(
      world,
      'I3 RpoGuard',
      `${event.operation.to} was claimed for and is not eligible; nobody accepted a loss`,
    );
};

const notDrillFor: Check = (world, { event, before }) => {
  if (event.type !== 'claim' || event.operation.trigger !== 'drill') return;
  const { drill } = before;
  if (drill === null || drill.untilMs <= NOW_MS || drill.zone !== event.operation.from)
    breach(world, 'I11 DrillYields', 'a claim passed for a drill that is not declared or has expired');
};

const outsideBothZones = (witness: string): boolean => witness === 'az-c' || witness === 'region';

/** I9 and I10, said again without the shipped quorum: from what was truly to be seen. */
const restsOnEvidence: Check = (world, { event, proof }) => {
  if (event.type !== 'claim' || proof === undefined || !isAutomatic(event.operation)) return;
  if (!moves(event.operation)) return;
  const { from } = event.operation;
  const rows = proof.record.evidence.filter(({ witness }) => witness !== from);
  const voters = rows.filter(({ witness }) => proof.voters.some((voter) => voter.witness === witness));
  const letters = voters.map((row) => storeLetterIn(lookBehind(row).grid, row.witness, from));
  if (!voters.every((row) => lookBehind(row).truth.split(',').includes(from)))
    breach(world, 'I9 UnknownIsNotFailed', `${from} was called failed, and its PostgreSQL answered`);
  if (letters.some((letter) => letter !== 'F'))
    breach(world, 'I9 UnknownIsNotFailed', `a voter against ${from} had not seen it fail`);
  const quorum = voters.length >= 2 && voters.some(({ witness }) => outsideBothZones(witness));
  if (!quorum) breach(world, 'I10 QuorumOrHold', `${voters.length} voters carried the claim against ${from}`);
};

/** §3b.5: a dying zone must not speak for itself alone. */
const degradeSeenOutside: Check = (world, { event, proof }) => {
  if (event.type !== 'claim' || event.operation.kind !== 'degrade' || proof === undefined) return;
  const { from } = event.operation;
  const sees = proof.record.evidence.some(
    (row) =>
      outsideBothZones(row.witness) && 'os'.includes(storeLetterIn(lookBehind(row).grid, row.witness, from)),
  );
  if (!sees)
    breach(world, 'I8 DegradeBeforeAck', `${from} is to go on alone, and nobody outside sees it alive`);
};

const roundOf = (world: World, witness: string): number =>
  world.looked.rounds[WITNESSES.findIndex((name) => name === witness)] ?? 0;

const evidenceIsFresh: Check = (world, { event, proof }) => {
  if (event.type !== 'claim' || proof === undefined) return;
  const old = proof.voters.filter(
    ({ witness, round }) => roundOf(world, witness) > round + DEFAULT_EVIDENCE_SLACK_ROUNDS,
  );
  if (old.length > 0)
    breach(world, 'I9 UnknownIsNotFailed', `the claim rests on rounds that ${old[0]?.witness} left long ago`);
};

/** §3b.9: nothing is touched on the word of the claim alone. */
const preparedOnNewRounds: Check = (world, { event, before, proof }) => {
  const operation = before.operation;
  if (event.type !== 'advance' || event.to !== 'prepared' || operation === null) return;
  if (operation.kind !== 'failover' || !isAutomatic(operation) || world.asked || proof === undefined) return;
  const newer = proof.voters.filter(({ witness, round }) => roundOf(world, witness) > round);
  if (newer.length < 2)
    breach(world, 'I9 UnknownIsNotFailed', 'prepared without one round newer than the claim');
};

const CHECKS: readonly Check[] = [
  epochGrows,
  pastTheEngines,
  reseatIsTrue,
  oneHolder,
  cooldownHolds,
  cooldownStarts,
  pointOfNoReturn,
  backToAllWrites,
  lossGuarded,
  notDrillFor,
  restsOnEvidence,
  degradeSeenOutside,
  evidenceIsFresh,
  preparedOnNewRounds,
];

export const checkSeatChange: Check = (world, change) => CHECKS.forEach((check) => check(world, change));

/** I4: where it acts, an effect is never older than what is in force. */
export const checkEpochInForce = (world: World, zone: DataZone, epoch: number): void => {
  const { fenceEpoch } = world.servers[zone];
  if (epoch < fenceEpoch)
    breach(
      world,
      'I4 EpochOnlyGrows',
      `an effect of epoch ${epoch} acted in ${zone}, where ${fenceEpoch} is in force`,
    );
};

export const checkHostEpoch = (world: World, zone: DataZone, epoch: number): void => {
  const { hostEpoch } = world.servers[zone];
  if (epoch < hostEpoch)
    breach(
      world,
      'I4 EpochOnlyGrows',
      `the host in ${zone} took an order of epoch ${epoch} after ${hostEpoch}`,
    );
};

/**
 * I3: what is promoted without a waiver has everything that was acknowledged. A promotion that comes when the seat does not
 * ask for it any more makes no writer: it is read-only, and `checkAdmission` and I1 hold it to that.
 */
export const checkPromotion = (world: World, zone: DataZone): void => {
  const missing = world.acked & ~world.waived & ~world.servers[zone].history;
  const { operation } = seatOfId(world.seat);
  const isAskedFor = operation?.to === zone && ['switching', 'switched'].includes(operation.phase);
  if (missing === 0 || !isAskedFor) return;
  if (operation.acceptLossSeconds !== null) world.waived |= missing;
  else
    breach(
      world,
      'I3 RpoGuard',
      `${zone} was promoted without acknowledged writes, and nobody accepted that`,
    );
};

/** I7: the first write is admitted only after the point of no return is in the seat. */
export const checkAdmission = (world: World, zone: ZoneId): void => {
  const { writer, operation } = seatOfId(world.seat);
  const isPast = operation === null || !moves(operation) || operation.phase === 'admitted';
  if (epochAhead(world) === 0 && (writer !== zone || !isPast))
    breach(
      world,
      'I7 WayBack',
      `${zone} admits writes while the seat says ${writer}, ${operation?.phase ?? 'idle'}`,
    );
};

/** I7: the target is not stopped for a zone that was gone before the undoing was thought of. */
export const checkStop = (world: World, zone: DataZone, epoch: number): void => {
  const { operation } = seatOfId(world.seat);
  const other = otherZone(zone);
  if (operation?.phase !== 'undoing' || operation.to !== zone || world.zones[other] !== 'dead') return;
  if (world.diedAt[other] <= epoch - 2)
    breach(world, 'I7 WayBack', `${zone} is stopped to go back into ${other}, which was dead already`);
};

/** I1 and I8, at the instant of an acknowledgement by `zone`. */
export const checkAcknowledgement = (world: World, zone: DataZone, write: number): void => {
  const other = otherZone(zone);
  const [mine, theirs] = [world.servers[zone], world.servers[other]];
  const isLaterWriter = !theirs.inRecovery && !theirs.readOnly && theirs.timeline > mine.timeline;
  if (isLaterWriter && !holdsAll(theirs, write) && world.unfenced !== zone)
    breach(
      world,
      'I1 OneWriter',
      `${zone} acknowledged a write that the newer writer in ${other} does not have`,
    );
  const { writer, eligible } = seatOfId(world.seat);
  const isPresent = epochAhead(world) === 0;
  if (isPresent && writer === zone && eligible === other && !holdsAll(theirs, write))
    breach(world, 'I8 DegradeBeforeAck', `${zone} acknowledged alone while ${other} is called eligible`);
};
