import type { OperationRequest } from '../../lib/domain/decision/assess-request';
import type { Decision } from '../../lib/domain/decision/decision';
import type { Author } from '../../lib/domain/decision/record';
import { circumstancesOf, heldRecord } from '../../lib/domain/decision/record';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { Refused } from '../../lib/domain/errors';
import type { Operation, Seat, Trigger } from '../../lib/domain/protocol/seat';
import { eachStore, Phase, placeOf } from '../../lib/domain/protocol/seat';
import type { Ports } from './ports';

export interface Taken {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  readonly trigger: Trigger;
  /** Who took it, by name; default: the witness that decided, else the trigger. */
  readonly actor?: string;
  /** What a person asked for; absent when Evac decided by itself. */
  readonly request?: OperationRequest;
}

export interface Claim extends Taken {
  readonly execution: string;
  readonly overrideCooldown: boolean;
  readonly acceptLossSeconds: number | null;
  readonly reason: string;
}

/** What a person's request adds to a degrade or a rejoin. */
const markOf = ({ request }: Claim): Pick<Operation, 'hold' | 'anew'> => ({
  ...(request?.hold === undefined ? {} : { hold: request.hold }),
  ...(request?.anew === undefined ? {} : { anew: request.anew }),
});

const operationOf = (claim: Claim, nowMs: number): Operation => {
  const { decision, snapshot } = claim;
  if (decision.operation === null) throw new Refused('nothing-to-do', 'the decision names no operation');
  return {
    ...decision.operation,
    epoch: snapshot.seat.epoch + 1,
    trigger: claim.trigger,
    reason: claim.reason,
    phase: Phase.claimed,
    progress: 0,
    claimedAtMs: nowMs,
    progressAtMs: nowMs,
    acceptLossSeconds: claim.acceptLossSeconds,
    ...markOf(claim),
    eligibleBefore: eachStore(decision.operation.stores, (store) => placeOf(snapshot.seat, store).eligible),
    execution: claim.execution,
  };
};

const authorOf = ({ snapshot, trigger, actor, request }: Taken): Author => ({
  trigger,
  actor: actor ?? snapshot.decidedBy ?? trigger,
  request: request ?? null,
});

/** Takes epoch n+1 and writes the decision with its evidence in the same transaction; the loser is told who won. */
export const claimOperation = async (ports: Pick<Ports, 'store'>, claim: Claim): Promise<Seat> => {
  const { snapshot, decision } = claim;
  const nowMs = await ports.store.nowMs();
  const operation = operationOf(claim, nowMs);
  return ports.store.apply(
    { type: 'claim', seen: snapshot.seat, operation, nowMs, overrideCooldown: claim.overrideCooldown },
    {
      record: {
        epoch: operation.epoch,
        decision,
        evidence: snapshot.observations,
        voters: decision.voters,
        atMs: nowMs,
        circumstances: circumstancesOf(snapshot, authorOf(claim)),
      },
      voters: decision.voters,
    },
  );
};

/** History of what changed nothing: held, refused, in shadow, or its claim was refused. */
export const recordHeld = (ports: Pick<Ports, 'store'>, taken: Taken, refused?: Refused): Promise<void> =>
  ports.store.recordDecision(heldRecord(taken.snapshot, taken.decision, authorOf(taken), refused));

/** For an answer that must be given in any case: what it was decided on is kept when the store takes it. */
export const recordHeldIfPossible = async (
  ports: Pick<Ports, 'store' | 'log'>,
  taken: Taken,
  refused?: Refused,
): Promise<void> => {
  try {
    await recordHeld(ports, taken, refused);
  } catch (cause) {
    ports.log.warn('a refusal was not kept', { cause: String(cause) });
  }
};
