import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import { OperationKind, OutcomeResult as R, Phase as P } from '../../lib/domain/protocol/seat';
import { commit } from './commit';
import type { Ports } from './ports';
import { readSeat } from './seat-access';
import { settleMove } from './settle-move';
import type { Settled } from './settled';
import { release, takeOver, UNDO_DEADLINE_MS } from './settled';

/** The seat says "not eligible" already, so the writer is let go on; tried again until it was. */
const settleDegrade = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const operation = await takeOver(ports, seen, P.claimed);
  await ports.postgres.degrade(operation.from, { epoch: operation.epoch, deadlineMs: UNDO_DEADLINE_MS });
  const reason = `finished after: ${why}`;
  await commit(ports, operation.epoch, R.completed, reason);
  return { result: R.completed, reason, epoch: operation.epoch };
};

/** A half-closed gate would stop every commit, so it is opened before the seat is given back. */
const settleRejoin = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const operation = await takeOver(ports, seen, P.undoing);
  await ports.postgres.degrade(operation.from, { epoch: operation.epoch, deadlineMs: UNDO_DEADLINE_MS });
  return release(ports, operation, { from: [P.undoing], eligible: null, result: R.released, reason: why });
};

/**
 * Ends an operation that failed, died or is stuck: finished or undone at a new epoch, never left half done.
 * Rejects when neither was possible now; the seat then stays held and the next reconcile tries again.
 */
export const settle = async (ports: Ports, epoch: number, why: string): Promise<Settled> => {
  const seat: Seat = await readSeat(ports);
  const { operation } = seat;
  if (operation === null || operation.epoch !== epoch) {
    const last = seat.lastOutcome;
    return {
      result: last?.result ?? R.released,
      reason: `epoch ${epoch} had ended: ${last?.reason ?? 'no outcome on record'}`,
      epoch,
    };
  }
  if (operation.kind === OperationKind.degrade) return settleDegrade(ports, operation, why);
  if (operation.kind === OperationKind.rejoin) return settleRejoin(ports, operation, why);
  return settleMove(ports, { writer: seat.writer, operation, why });
};
