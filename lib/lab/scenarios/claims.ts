import type { Operation, Seat } from '../../domain/protocol/seat';
import { movesWriter, OperationKind, OutcomeResult } from '../../domain/protocol/seat';
import type { ZoneId } from '../../domain/topology';
import { Store } from '../../domain/topology';
import { unless } from './expectations';

/** Operations as the seat showed them, one for each epoch, oldest first. */
export const operationsIn = (seats: readonly Seat[]): readonly Operation[] => {
  const byEpoch = new Map(
    seats.flatMap(({ operation }) => (operation === null ? [] : [[operation.epoch, operation]])),
  );
  return [...byEpoch.values()];
};

export const failoversIn = (seats: readonly Seat[]): readonly Operation[] =>
  operationsIn(seats).filter(({ kind }) => kind === OperationKind.failover);

/** I5: an epoch is one execution's, from its claim to its end. */
export const oneHolderAnEpoch = (seats: readonly Seat[]): readonly string[] => {
  const held = seats.flatMap(({ operation }) => (operation === null ? [] : [operation]));
  return operationsIn(seats).flatMap(({ epoch }) => {
    const executions = new Set(held.filter((each) => each.epoch === epoch).map((each) => each.execution));
    const found = [...executions].join(' and ');
    return unless(executions.size === 1, `one execution at epoch ${epoch} wanted, it was held by ${found}`);
  });
};

/** Nothing at all was claimed: not even a degrade, which takes an epoch as everything does. */
export const nothingClaimed = (seats: readonly Seat[], startEpoch: number): readonly string[] => {
  const newest = Math.max(startEpoch, ...seats.map(({ epoch }) => epoch));
  const taken = operationsIn(seats).map(({ kind, epoch, reason }) => `${kind} at epoch ${epoch} (${reason})`);
  return unless(
    newest === startEpoch,
    `no operation at all wanted, epoch ${startEpoch} became ${newest}: ${taken.join('; ') || 'unseen'}`,
  );
};

/**
 * The rejoin that made a zone eligible for PostgreSQL, by its outcome on record; null when none is there after whatever last took that
 * away. The seat's `eligible`, which a claim itself goes by, is not looked at.
 */
export const provenBy = (seats: readonly Seat[], zone: ZoneId): number | null =>
  seats.reduce<number | null>((proven, { lastOutcome }) => {
    if (lastOutcome === null || movesWriter(lastOutcome.kind)) return proven;
    const { kind, stores, result, to, epoch } = lastOutcome;
    if (!stores.includes(Store.postgres)) return proven;
    const isProof = kind === OperationKind.rejoin && result === OutcomeResult.completed && to === zone;
    return isProof ? epoch : null;
  }, null);

export interface Race {
  readonly name: string;
  /** From the seat in which nobody was eligible any more to the race's end. */
  readonly seats: readonly Seat[];
  readonly target: ZoneId;
  /** Epochs whose journal says that the gate was seen to hold and the standby to have flushed past it. */
  readonly seenToHold: ReadonlySet<number>;
}

/** A loss is answered by a promotion when the standby's return was on record before the claim, and only then. */
export const raceDifferences = ({ name, seats, target, seenToHold }: Race): readonly string[] => {
  const proofBefore = (index: number): number | null => {
    const proof = provenBy(seats.slice(0, index), target);
    return proof !== null && seenToHold.has(proof) ? proof : null;
  };
  const moves = failoversIn(seats).filter(({ stores }) => stores.includes(Store.postgres));
  const claims = moves.map(({ epoch }) => ({
    epoch,
    proof: proofBefore(seats.findIndex(({ operation }) => operation?.epoch === epoch)),
  }));
  const late = proofBefore(seats.length);
  return [
    ...claims.flatMap(({ epoch, proof }) =>
      unless(proof !== null, `${name}: ${target} promoted at epoch ${epoch}, its return was not on record`),
    ),
    ...unless(
      claims.length > 0 || late === null,
      `${name}: held, although the return of ${target} was on record at epoch ${late}`,
    ),
  ];
};
