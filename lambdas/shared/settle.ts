import { Refused, Unreachable, DeadlineExceeded } from '../../lib/domain/errors';
import type { Operation, Outcome, OutcomeResult, Phase, Seat } from '../../lib/domain/protocol/seat';
import { OperationKind, OperationMode, OutcomeResult as R, Phase as P } from '../../lib/domain/protocol/seat';
import { admitWrites } from '../admit-writes/admit-writes';
import { shiftTraffic } from '../shift-traffic/shift-traffic';
import { switchPostgres } from '../switch-postgres/switch-postgres';
import { verifyData } from '../verify-data/verify-data';
import { verifyHealth } from '../verify-health/verify-health';
import { verifyService } from '../verify-service/verify-service';
import { toRef } from './adopt';
import { commit } from './commit';
import type { Ports } from './ports';
import { readOperation, readSeat } from './seat-access';
import type { StepDefinition } from './step';
import { runStep } from './step';

export interface Settled {
  readonly result: OutcomeResult;
  readonly reason: string;
  readonly epoch: number;
}

const UNDO_DEADLINE_MS = 15_000;
/** Of the target's verification: going forward would serve what did not verify. */
const VERIFICATION = ['VerificationFailed'];

const takeOver = async (ports: Ports, seen: Operation, phase: Phase): Promise<Operation> => {
  const nowMs = await ports.store.nowMs();
  const seat = await ports.store.apply({ type: 'take-over', seen, phase, nowMs });
  return (await readOperation(ports, seat.epoch)).operation;
};

const release = async (
  ports: Ports,
  operation: Operation,
  how: {
    readonly from: readonly Phase[];
    readonly eligible: string | null;
    readonly result: OutcomeResult;
    readonly reason: string;
  },
): Promise<Settled> => {
  const { epoch, kind, from, to } = operation;
  const atMs = await ports.store.nowMs();
  const outcome: Outcome = { epoch, kind, result: how.result, from, to, reason: how.reason, atMs };
  await ports.store.apply({
    type: 'release',
    epoch,
    from: how.from,
    eligible: how.eligible,
    writer: from,
    outcome,
  });
  return { result: how.result, reason: how.reason, epoch };
};

const FORWARD: readonly StepDefinition[] = [
  switchPostgres,
  verifyHealth,
  verifyData,
  admitWrites,
  shiftTraffic,
  verifyService,
];

/** Finishes at a new epoch: every step is a desired state, so those that were done already only find it so. */
const goForward = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const phase = seen.phase === P.undoing ? P.fenced : seen.phase;
  const operation = await takeOver(ports, seen, phase);
  const input = { operation: toRef(operation) };
  const done: readonly Phase[] = [P.switched, P.admitted];
  const steps = done.includes(phase) ? FORWARD.slice(1) : FORWARD;
  for (const step of steps) await runStep(step, input, ports);
  await commit(ports, operation.epoch, R.completed, `${operation.reason}; finished after: ${why}`);
  return { result: R.completed, reason: `finished after: ${why}`, epoch: operation.epoch };
};

/** Nothing was promoted: the fence goes, at a new epoch, and the standby stays eligible (§3b.1). */
const undoBeforeSwitch = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const operation = await takeOver(ports, seen, P.undoing);
  const effect = { epoch: operation.epoch, deadlineMs: UNDO_DEADLINE_MS };
  try {
    await ports.postgres.undoFence(operation.from, { standby: operation.to }, effect);
  } catch (cause) {
    const cannotReach = cause instanceof Unreachable || cause instanceof DeadlineExceeded;
    if (!cannotReach || operation.eligibleBefore !== operation.to) throw cause;
    return goForward(
      ports,
      operation,
      `${operation.from} cannot be reached to undo the fence, so only forward is safe`,
    );
  }
  const eligible = operation.eligibleBefore;
  return release(ports, operation, { from: [P.undoing], eligible, result: R.rolledBack, reason: why });
};

/**
 * The target was promoted but never admitted a write: it is stopped, the old writer goes on alone, and the stopped
 * one is rejoined later like any returned standby. Only while the old writer is known to be well.
 */
const undoAfterSwitch = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const operation = await takeOver(ports, seen, P.undoing);
  const effect = { epoch: operation.epoch, deadlineMs: UNDO_DEADLINE_MS };
  const fence = await ports.postgres.fence(
    operation.to,
    { mode: 'emergency', standbyEligible: false },
    effect,
  );
  if (!fence.holds)
    throw new Refused(
      'no-fence',
      `${operation.to} could not be stopped: ${fence.why}; it may not be left as a second writer`,
    );
  await ports.postgres.degrade(operation.from, effect);
  await ports.postgres.undoFence(operation.from, { standby: null }, effect);
  return release(ports, operation, { from: [P.undoing], eligible: null, result: R.rolledBack, reason: why });
};

const settleMove = async (ports: Ports, operation: Operation, why: string): Promise<Settled> => {
  const { phase, mode } = operation;
  if (phase === P.claimed || phase === P.prepared) {
    const eligible = operation.eligibleBefore;
    return release(ports, operation, {
      from: [P.claimed, P.prepared],
      eligible,
      result: R.released,
      reason: why,
    });
  }
  if (phase === P.fenced || phase === P.undoing) return undoBeforeSwitch(ports, operation, why);
  const failedVerification = VERIFICATION.some((name) => why.startsWith(name));
  if (phase === P.switched && failedVerification && mode === OperationMode.planned)
    return undoAfterSwitch(ports, operation, why);
  if (phase === P.admitted && failedVerification) {
    await commit(
      ports,
      operation.epoch,
      R.failed,
      `stayed in ${operation.to} after the point of no return: ${why}`,
    );
    return { result: R.failed, reason: why, epoch: operation.epoch };
  }
  return goForward(ports, operation, why);
};

/** The seat says "not eligible" already, so the writer is let go on; tried again until it was. */
const settleDegrade = async (ports: Ports, seen: Operation, why: string): Promise<Settled> => {
  const operation = await takeOver(ports, seen, P.claimed);
  await ports.postgres.degrade(operation.from, { epoch: operation.epoch, deadlineMs: UNDO_DEADLINE_MS });
  await commit(ports, operation.epoch, R.completed, `finished after: ${why}`);
  return { result: R.completed, reason: `finished after: ${why}`, epoch: operation.epoch };
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
  return settleMove(ports, operation, why);
};
