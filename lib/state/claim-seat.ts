import type { Refused } from '../domain/errors';
import type { Clause } from '../domain/protocol/clauses';
import type { Seat } from '../domain/protocol/seat';
import type { SeatEvent } from '../domain/protocol/transitions';
import { guardedPatch } from '../domain/protocol/walk';
import type { ClaimProof } from '../ports/state-store';
import { claimedDecisionItem } from './decision-item';
import { evidenceStands } from './evidence';
import type { ItemTable, Refusal, Write } from './item-table';
import { ABSENT, present } from './item-table';
import { observationKey, SEAT_KEY } from './keys';
import type { Item } from './parse-item';
import { refusedEvidence, refusedSeat, refusedUsedEpoch, refusedWithoutSeat } from './refusals';

export type ClaimEvent = Extract<SeatEvent, { type: 'claim' }>;

interface ClaimOptions extends ClaimProof {
  readonly workload: string;
  readonly nonce: string;
  readonly evidenceSlackRounds: number;
  readonly asSeat: (item: Item) => Seat;
}

/**
 * Takes the next epoch: seat, decision (the outbox) and the voters' rounds (§3b.9) in one transaction. The seat
 * returned is the one seen with the claim laid over it; a drill declared since does not show in it.
 */
export const claimSeat = async (
  table: ItemTable,
  event: ClaimEvent,
  options: ClaimOptions,
): Promise<Seat> => {
  const { guards, patch } = guardedPatch(event);
  const { nonce, voters, evidenceSlackRounds: slack } = options;
  const evidence = voters.map((voter) => ({ voter, clauses: evidenceStands(voter, slack) }));
  const writes: readonly Write[] = [
    { kind: 'patch', sk: SEAT_KEY, patch: { ...patch, nonce }, guard: present(guards) },
    { kind: 'put', item: claimedDecisionItem(options.record, event.operation, nonce), guard: ABSENT },
    ...evidence.map(({ voter, clauses }): Write => ({
      kind: 'check',
      sk: observationKey(voter.witness),
      guard: present(clauses),
    })),
  ];
  const refusals = await table.transact(writes, nonce);
  if (refusals === null) return { ...event.seen, ...patch, nonce };
  if (wonBefore(refusals, nonce)) return { ...event.seen, ...patch, nonce };
  throw refusalOf(refusals, { guards, evidence: evidence.map(({ clauses }) => clauses), event, options });
};

/** §3b.11: the first attempt went through and only its answer was lost; the decision keeps our nonce whatever came after. */
const wonBefore = (refusals: readonly Refusal[], nonce: string): boolean =>
  refusals[1]?.found?.['nonce'] === nonce;

interface RefusedClaim {
  readonly guards: readonly Clause[];
  readonly evidence: readonly (readonly Clause[])[];
  readonly event: ClaimEvent;
  readonly options: ClaimOptions;
}

/** The seat's own reason comes first, since who holds it is what the loser has to know. */
const refusalOf = (refusals: readonly Refusal[], claim: RefusedClaim): Refused => {
  const [onSeat, onDecision, ...onVoters] = refusals;
  if (onSeat?.broken === true) {
    if (onSeat.found === undefined) return refusedWithoutSeat(claim.options.workload);
    return refusedSeat(claim.guards, onSeat.found, claim.options.asSeat(onSeat.found));
  }
  if (onDecision?.broken === true) return refusedUsedEpoch(claim.event.operation.epoch);
  const index = onVoters.findIndex(({ broken }) => broken);
  return refusedEvidence(claim.evidence[index] ?? [], onVoters[index]?.found);
};
