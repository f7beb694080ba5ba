import { DeadlineExceeded, Refused, Unreachable, VerificationFailed } from '../../lib/domain/errors';
import type { ProbeResult } from '../../lib/domain/observation';
import { EngineRole, ProbeState } from '../../lib/domain/observation';
import type { ByStore, Operation, Phase, Places } from '../../lib/domain/protocol/seat';
import { OperationMode, OutcomeResult as R, Phase as P, placeOf } from '../../lib/domain/protocol/seat';
import type { Store, ZoneId } from '../../lib/domain/topology';
import { dataZones, isAsynchronous, STORE_LABEL } from '../../lib/domain/topology';
import type { Weights } from '../../lib/domain/traffic/weights';
import type { FenceReport } from '../../lib/ports/engine';
import { allTo, differs } from '../../lib/domain/traffic/weights';
import { priceBroken } from './accepted-price';
import { commit } from './commit';
import { goForward } from './go-forward';
import type { Ports } from './ports';
import { readOperation, readSeat, requireHeld } from './seat-access';
import type { Settled } from './settled';
import { answers, isGone, release, takeOver, UNDO_DEADLINE_MS } from './settled';
import { isSilent } from './silence';
import { ofEach, stopByPower } from './store-group';

/** A move that holds the seat and that nobody carries any more. */
export interface DeadMove {
  readonly seat: Places;
  readonly operation: Operation;
  readonly why: string;
}

type SettleMove = (ports: Ports, move: DeadMove) => Promise<Settled>;

const effectOf = ({ epoch }: Operation) => ({ epoch, deadlineMs: UNDO_DEADLINE_MS });

/** From `switched` on the target is the writer of all, which tells the two kinds of undoing apart. */
const isSwitched = ({ seat, operation: { stores, to } }: DeadMove): boolean =>
  stores.every((store) => placeOf(seat, store).writer === to);

/** Null from the switch on. */
const isGivenUp = ({ seat, operation: { stores, eligibleBefore } }: DeadMove): boolean =>
  stores.some((store) => placeOf(seat, store).eligible !== (eligibleBefore[store] ?? null));

/** Of the target's verification: going forward would serve what did not verify. */
const isUnverified = ({ why }: DeadMove): boolean => why.startsWith('VerificationFailed');

/** Nothing was done yet, and every later step finds the seat gone before it acts. */
const giveBack: SettleMove = (ports, { operation, why }) => {
  const how = { from: [P.claimed, P.prepared], eligible: 'as-before' } as const;
  return release(ports, operation, { ...how, result: R.released, reason: why });
};

/**
 * Whoever was promoted and never admitted is read-only, and stays so: a late admission finds the newer epoch. It is
 * stopped as well where its host can be told; one that answers and cannot be stopped is not left as a second writer.
 */
const stopTarget = async (ports: Ports, operation: Operation): Promise<void> => {
  const { stores, to } = operation;
  await ofEach(ports, stores, async (_engine, store) => {
    const fence = await stopByPower(ports, [store], to, effectOf(operation));
    if (!fence.holds && !(await isGone(ports, { stores: [store] }, to)))
      throw new Refused(
        'no-fence',
        `${to} could not be stopped: ${fence.why}; it may not be left as a second writer`,
      );
  });
};

/** The seat says "not eligible", so the old writer may go on without the target (I8), which rejoins when it is back. */
const goBackAlone: SettleMove = async (ports, { operation, why }) => {
  const { stores, from } = operation;
  await ofEach(ports, stores, async (engine) => {
    await engine.degrade(from, effectOf(operation));
    await engine.undoFence(from, { standby: null }, effectOf(operation));
  });
  return release(ports, operation, {
    from: [P.undoing],
    eligible: 'nobody',
    result: R.rolledBack,
    reason: why,
  });
};

/** Only while the old writer is known to be well. */
const undoAfterSwitch: SettleMove = async (ports, move) => {
  const { operation: seen, why } = move;
  if (!(await answers(ports, seen, seen.from)))
    throw new Unreachable(
      `${seen.to} is not fit to serve (${why}), and ${seen.from} does not answer: neither is admitted until one does`,
    );
  const operation = await takeOver(ports, seen, P.undoing);
  await stopTarget(ports, operation);
  return goBackAlone(ports, { ...move, operation });
};

/**
 * A promotion may be under way, so it is as after a switch. At an epoch of its own: somebody else who settles may be going
 * forward at the present one, and must not come to admit in between (I7).
 */
const undoInSwitch: SettleMove = async (ports, move) => {
  if (move.operation.phase === P.switched) return undoAfterSwitch(ports, move);
  const { epoch } = await takeOver(ports, move.operation, P.switching);
  const { seat: seen } = await readOperation(ports, epoch);
  const nowMs = await ports.store.nowMs();
  const { stores } = seen.operation;
  const seat = await ports.store.apply({ type: 'switch-writer', epoch, seen, stores, nowMs });
  const { operation } = requireHeld(seat, epoch);
  return undoAfterSwitch(ports, { ...move, operation });
};

/** No promotion was begun, and none can begin any more: a target that is away need not be stopped. */
const undoWithoutTarget: SettleMove = async (ports, move) => {
  const { epoch } = move.operation;
  const { seat: seen } = await readOperation(ports, epoch);
  const nowMs = await ports.store.nowMs();
  const seat = await ports.store.apply({ type: 'give-up-standby', epoch, seen, nowMs });
  const { operation } = requireHeld(seat, epoch);
  return goBackAlone(ports, { ...move, operation });
};

/** What has been stopped loses no more, so a price is compared again only where the fence does not hold (I3). */
const priceBrokenBy = async (ports: Ports, operation: Operation): Promise<Refused | null> => {
  if (operation.acceptLossSeconds === null) return null;
  const { stores, from } = operation;
  const { holds } = await stopByPower(ports, stores, from, effectOf(operation));
  return holds ? null : priceBroken(ports, operation);
};

interface Refuted {
  readonly stores: readonly Store[];
  readonly why: string;
}

/**
 * What the seat calls proven is asked itself: a server that came back with an older history is no standby, whatever was
 * on record (docs/decisions/redis-acknowledgement.md). Null: all are what the seat says.
 */
const refutedBy = async (ports: Ports, operation: Operation): Promise<Refuted | null> => {
  const { stores, from, to, eligibleBefore } = operation;
  // One that acknowledges alone has no standby that could be a fence: what it may lose is in the claim.
  const proven = stores.filter((store) => eligibleBefore[store] === to && !isAsynchronous(store));
  const options = { mode: OperationMode.emergency, standbyEligible: true } as const;
  const fences: ByStore<FenceReport> = await ofEach(ports, proven, (engine) =>
    engine.fence(from, options, effectOf(operation)),
  );
  const refuted = proven.filter((store) => fences[store]?.holds !== true);
  if (refuted.length === 0) return null;
  const whys = refuted.map((store) => `${STORE_LABEL[store]}: ${fences[store]?.why}`);
  return { stores: refuted, why: whys.join('; ') };
};

/** A store that was promoted already cannot be given back beside one that may not be: the seat is held until the old side answers. */
const requireNonePromoted = async (ports: Ports, { stores, to }: Operation, why: string): Promise<void> => {
  const timeoutMs = ports.topology.policy.probeTimeoutMs * 4;
  const seen: ByStore<ProbeResult> = await ofEach(ports, stores, (engine) => engine.probe(to, timeoutMs));
  const promoted = stores.filter((store) => seen[store]?.replication?.role === EngineRole.primary);
  if (promoted.length > 0)
    throw new Refused(
      'no-fence',
      `${promoted.map((store) => STORE_LABEL[store]).join(' and ')} in ${to} is promoted already, and not all may be: ${why}; the seat is held until the old side answers`,
    );
};

/**
 * Forward is safe only into a standby that had everything when the claim was made, or at the price that a person
 * accepted; when that is no longer kept, the seat is given back for them to say another. What turns out to be no standby is
 * one no longer, and the others may move without it.
 */
const forwardInstead: SettleMove = async (ports, { operation: seen, why }) => {
  const refuted = await refutedBy(ports, seen);
  if (refuted !== null) {
    await requireNonePromoted(ports, seen, refuted.why);
    const how = {
      from: [P.undoing],
      eligible: { butFor: refuted.stores },
      result: R.rolledBack,
    } as const;
    return release(ports, seen, { ...how, reason: `${why}; not forward: ${refuted.why}` });
  }
  const broken = await priceBrokenBy(ports, seen);
  if (broken !== null) {
    const how = { from: [P.undoing], eligible: 'nobody', result: R.rolledBack } as const;
    return release(ports, seen, { ...how, reason: `${why}; ${broken.message}` });
  }
  const operation = await takeOver(ports, seen, P.fenced);
  return goForward(
    ports,
    operation,
    `${why}; ${seen.from} cannot take writes again, so only forward is safe`,
  );
};

const isPromoted = (cause: unknown): boolean => cause instanceof Refused && cause.code === 'promoted';

/** Nothing was promoted: the fence goes, at a new epoch, and the standby stays eligible (§3b.1). */
const undoBeforeSwitch: SettleMove = async (ports, move) => {
  const operation = await takeOver(ports, move.operation, P.undoing);
  const { stores, from, to } = operation;
  const taken = { ...move, operation };
  // It may have gone on alone by now: nobody else has what it acknowledged.
  if (isGivenUp(taken)) return goBackAlone(ports, taken);
  // §3b.1: a side that is gone is not waited for.
  if (!(await answers(ports, operation, from))) return forwardInstead(ports, taken);
  try {
    await ofEach(ports, stores, (engine) => engine.undoFence(from, { standby: to }, effectOf(operation)));
  } catch (cause) {
    if (isSilent(cause) && (await answers(ports, operation, from))) return undoWithoutTarget(ports, taken);
    if (isSilent(cause) || isPromoted(cause)) return forwardInstead(ports, taken);
    throw cause;
  }
  const how = { from: [P.undoing], eligible: 'as-before' } as const;
  return release(ports, operation, { ...how, result: R.rolledBack, reason: move.why });
};

/** What going forward left behind when it failed; its own error when somebody else has taken over since. */
const leftBy = async (ports: Ports, { operation, why }: DeadMove, cause: unknown): Promise<DeadMove> => {
  const seat = await readSeat(ports);
  if (seat.operation?.epoch !== operation.epoch) throw cause;
  return { seat, operation: seat.operation, why: `${why}; then ${String(cause)}` };
};

const beforeAdmission: readonly Phase[] = [P.switching, P.switched];

/**
 * I7: a planned move left a well writer behind, so what cannot be finished goes back to it. An emergency did not; but
 * when its target is gone and the old writer answers again, waiting for the target would leave nobody to write.
 */
const canGoBack = async (ports: Ports, operation: Operation): Promise<boolean> => {
  const { mode, phase, from, to } = operation;
  if (!beforeAdmission.includes(phase)) return false;
  if (mode === OperationMode.planned) return true;
  return !(await answers(ports, operation, to)) && (await answers(ports, operation, from));
};

const finishOrUndo: SettleMove = async (ports, move) => {
  const { mode, phase, to } = move.operation;
  const isPlanned = mode === OperationMode.planned;
  if (isPlanned && (isUnverified(move) || !(await answers(ports, move.operation, to))))
    return undoInSwitch(ports, move);
  const operation = await takeOver(ports, move.operation, phase);
  try {
    return await goForward(ports, operation, move.why);
  } catch (cause) {
    const left = await leftBy(ports, { ...move, operation }, cause);
    if (!(await canGoBack(ports, left.operation))) throw cause;
    return undoInSwitch(ports, left);
  }
};

const stay: SettleMove = async (ports, { operation, why }) => {
  const reason = `stayed in ${operation.to} after the point of no return: ${why}`;
  await commit(ports, operation.epoch, R.failed, { why: reason });
  return { result: R.failed, reason, epoch: operation.epoch };
};

/** I7: never into a zone that is gone; one that is not known to be gone was well when the guard looked. */
const zoneToServe = async (ports: Ports, { from, to }: Operation): Promise<ZoneId> => {
  const { state } = await ports.api.probe(from, ports.topology.policy.probeTimeoutMs * 4);
  return state === ProbeState.failed ? to : from;
};

const trafficBack = async (ports: Ports, operation: Operation): Promise<Weights> => {
  if (operation.breach?.traffic !== 'back') return ports.traffic.current(UNDO_DEADLINE_MS);
  const wanted = allTo(dataZones(ports.topology), await zoneToServe(ports, operation));
  const found = await ports.traffic.shift(wanted, UNDO_DEADLINE_MS);
  if (!differs(wanted, found)) return found;
  throw new DeadlineExceeded(`traffic reads ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
};

/** The writer stays where it was admitted, and its traffic does not follow it (docs/decisions/progressive-traffic.md). */
const stepBack: SettleMove = async (ports, { operation: seen, why }) => {
  const operation = await takeOver(ports, seen, P.admitted);
  const traffic = await trafficBack(ports, operation);
  const reason = `the writer stayed in ${operation.to} after the point of no return: ${operation.breach?.reason ?? why}`;
  await commit(ports, operation.epoch, R.failed, { why: reason, traffic });
  return { result: R.failed, reason, epoch: operation.epoch };
};

/** I7: past the point of no return the way back is another planned move; what does not serve ends with the reason. */
const finishOrStay: SettleMove = async (ports, move) => {
  if (move.operation.breach !== undefined) return stepBack(ports, move);
  if (isUnverified(move)) return stay(ports, move);
  const operation = await takeOver(ports, move.operation, P.admitted);
  try {
    return await goForward(ports, operation, move.why);
  } catch (cause) {
    if (!(cause instanceof VerificationFailed)) throw cause;
    return stay(ports, await leftBy(ports, { ...move, operation }, cause));
  }
};

const undoAgain: SettleMove = (ports, move) =>
  isSwitched(move) ? undoAfterSwitch(ports, move) : undoBeforeSwitch(ports, move);

const BY_PHASE: Readonly<Record<Phase, SettleMove>> = {
  claimed: giveBack,
  prepared: giveBack,
  fenced: undoBeforeSwitch,
  switching: finishOrUndo,
  switched: finishOrUndo,
  admitted: finishOrStay,
  undoing: undoAgain,
};

/** Ends a failover or a rollback from wherever it stopped. Rejects when that is not possible now. */
export const settleMove: SettleMove = (ports, move) => BY_PHASE[move.operation.phase](ports, move);
