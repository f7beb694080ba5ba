import type { Decision } from '../../lib/domain/decision/decision';
import type { Snapshot } from '../../lib/domain/decision/snapshot';
import { Refused } from '../../lib/domain/errors';
import type { Operation, Seat, Trigger } from '../../lib/domain/protocol/seat';
import { Phase } from '../../lib/domain/protocol/seat';
import type { Ports } from './ports';

export interface Claim {
  readonly snapshot: Snapshot;
  readonly decision: Decision;
  readonly trigger: Trigger;
  readonly execution: string;
  readonly overrideCooldown: boolean;
  readonly acceptLossSeconds: number | null;
  readonly reason: string;
}

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
    eligibleBefore: snapshot.seat.eligible,
    execution: claim.execution,
  };
};

/** Takes epoch n+1 and writes the decision with its evidence in the same transaction; the loser is told who won. */
export const claimOperation = async (ports: Ports, claim: Claim): Promise<Seat> => {
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
      },
      voters: decision.voters,
    },
  );
};
