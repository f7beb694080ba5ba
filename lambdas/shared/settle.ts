import { Refused } from '../../lib/domain/errors';
import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import { OperationKind, OutcomeResult as R, Phase as P } from '../../lib/domain/protocol/seat';
import { commit } from './commit';
import type { Ports } from './ports';
import { readSeat } from './seat-access';
import { settleMove } from './settle-move';
import type { Release, Settled } from './settled';
import { isGone, release, takeOver, UNDO_DEADLINE_MS } from './settled';
import { holdCopies } from './hold-copies';
import { isSilent } from './silence';
import { ofEach } from './store-group';

/** The writer does not wait for a standby any more; false: it does not answer, dead for good as far as anybody knows. */
const letGo = async (ports: Ports, operation: Operation): Promise<boolean> => {
  const { stores, from, epoch } = operation;
  try {
    await ofEach(ports, stores, (engine) => engine.degrade(from, { epoch, deadlineMs: UNDO_DEADLINE_MS }));
    return true;
  } catch (cause) {
    if (!isSilent(cause) || !(await isGone(ports, operation, from))) throw cause;
    return false;
  }
};

/**
 * Nobody is eligible by the seat's word, so a silent writer is not waited for: only a free seat lets a person move away
 * from it. Should it come back and wait for its standby still, the witnesses see that and let it go on.
 */
const giveBackSilent = (
  ports: Ports,
  operation: Operation,
  how: Pick<Release, 'from' | 'reason'>,
): Promise<Settled> => {
  const reason = `${how.reason}; ${operation.from} does not answer, so the seat is given back with no standby eligible`;
  return release(ports, operation, { from: how.from, eligible: 'nobody', result: R.released, reason });
};

/** The seat says "not eligible" already, so the writer is let go on. */
const settleDegrade = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const operation = await takeOver(ports, seen, P.claimed);
  const isLetGo = await letGo(ports, operation);
  if (!isLetGo) return giveBackSilent(ports, operation, { from: [P.claimed], reason: why });
  await holdCopies(ports, operation, { epoch: operation.epoch, deadlineMs: UNDO_DEADLINE_MS });
  const reason = `finished after: ${why}`;
  await commit(ports, operation.epoch, R.completed, { why: reason });
  return { result: R.completed, reason, epoch: operation.epoch };
};

/** A half-closed gate would stop every commit, so it is opened before the seat is given back. */
const settleRejoin = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const operation = await takeOver(ports, seen, P.undoing);
  const isLetGo = await letGo(ports, operation);
  if (!isLetGo) return giveBackSilent(ports, operation, { from: [P.undoing], reason: why });
  return release(ports, operation, {
    from: [P.undoing],
    eligible: 'nobody',
    result: R.released,
    reason: why,
  });
};

const settleAsItIs = async (ports: Ports, epoch: number, why: string): Promise<Settled> => {
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
  return settleMove(ports, { seat, operation, why });
};

const RACES = 5;

/** Another branch of the same move went on between the look and the take-over. */
const isOvertaken = async (ports: Ports, epoch: number, cause: unknown): Promise<boolean> =>
  cause instanceof Refused &&
  (cause.code === 'moved-on' || cause.code === 'wrong-phase') &&
  (await readSeat(ports)).operation?.epoch === epoch;

/**
 * Ends an operation that failed, died or is stuck: finished or undone at a new epoch, never left half done.
 * Rejects when neither was possible now; the seat then stays held and the next reconcile tries again.
 */
export const settle = async (ports: Ports, epoch: number, why: string): Promise<Settled> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await settleAsItIs(ports, epoch, why);
    } catch (cause) {
      if (attempt >= RACES || !(await isOvertaken(ports, epoch, cause))) throw cause;
    }
  }
};
