import type { Clause } from '../../lib/domain/protocol/clauses';
import { firstBroken } from '../../lib/domain/protocol/clauses';
import { Refused } from '../../lib/domain/errors';
import type { Seat } from '../../lib/domain/protocol/seat';
import type { SeatEvent } from '../../lib/domain/protocol/transitions';
import type { ClaimProof, DecisionRecord } from '../../lib/ports/state-store';
import { WITNESSES } from '../domain/decision/world';
import type { Answer, Call } from './calls';
import { callOfId, failed, told } from './calls';
import { checkSeatChange } from './invariants-of-steps';
import type { Rules } from './rules';
import { seatIdOf, seatOfId } from './seats';
import type { World } from './world';

/** The state table: the shipped rows of the protocol, their guards evaluated on the seat, in one indivisible step. */

const refused = (clause: Clause): Answer => failed(new Refused(clause.refusal.code, clause.refusal.sentence));

/** §3b.9: the voters' items as they stand now. */
const brokenEvidence = (world: World, proof: ClaimProof, rules: Rules): Clause | undefined => {
  for (const voter of proof.voters) {
    const round = world.looked.rounds[WITNESSES.findIndex((witness) => witness === voter.witness)];
    const broken = firstBroken(rules.evidence(voter), { runId: `run-${voter.witness}`, round });
    if (broken !== undefined) return broken;
  }
  return undefined;
};

export const seatAnswer = (seat: Seat): Answer => told(`seat ${seatIdOf(seat)}`, seat);

const proofBehind = (world: World): ClaimProof | undefined =>
  world.record === 0 ? undefined : (callOfId(world.record - 1).args[1] as ClaimProof | undefined);

/** Applies one event. The claim's decision is kept under the number of the call that brought it. */
export const applyToSeat = (world: World, call: Call, rules: Rules): Answer => {
  const event = call.args[0] as SeatEvent;
  const proof = call.args[1] as ClaimProof | undefined;
  const before = seatOfId(world.seat);
  const { guards, patch } = rules.seatRow(event);
  const broken =
    firstBroken(guards, before) ?? (proof === undefined ? undefined : brokenEvidence(world, proof, rules));
  if (broken !== undefined) return refused(broken);
  world.seat = seatIdOf({ ...before, ...patch });
  const after = seatOfId(world.seat);
  if (event.type === 'claim') Object.assign(world, { record: call.id + 1, asked: false });
  checkSeatChange(world, { event, before, after, proof: proof ?? proofBehind(world) });
  return seatAnswer(after);
};

/** The record of the claim that took this epoch, while its operation runs. */
export const decisionOf = (world: World, epoch: number): DecisionRecord | null => {
  if (world.record === 0) return null;
  const proof = callOfId(world.record - 1).args[1] as ClaimProof | undefined;
  return proof?.record.epoch === epoch ? proof.record : null;
};
