import type { Refused } from '../errors';
import type { Observation } from '../observation';
import type { Seat, Trigger, VoterRound } from '../protocol/seat';
import type { WitnessId } from '../topology';
import type { OperationRequest } from './assess-request';
import type { Decision, Reason } from './decision';
import type { Snapshot } from './snapshot';

/** Who took a decision, or asked for it. */
export interface Author {
  readonly trigger: Trigger;
  /** A witness, an alarm or a person, by name. */
  readonly actor: string;
  /** What a person asked for; null when Evac decided by itself. */
  readonly request: OperationRequest | null;
}

/** What a decision looked at beside the evidence and the policy: with all three it can be taken again (I12). */
export interface Circumstances extends Author {
  readonly seat: Seat;
  readonly ageMs: Readonly<Record<WitnessId, number>>;
  readonly nowMs: number;
  readonly decidedBy: WitnessId | null;
}

/** A decision as it is kept. */
export interface RecordedDecision {
  /** The epoch a claim took; for one that changed nothing, the epoch it was taken in. */
  readonly epoch: number;
  readonly decision: Decision;
  /** The evidence it came from, so that it can be replayed (I12). */
  readonly evidence: readonly Observation[];
  readonly voters: readonly VoterRound[];
  readonly atMs: number;
  /** Absent in what was recorded before circumstances were kept: such a decision cannot be taken again. */
  readonly circumstances?: Circumstances;
  /** Why the claim made from it was refused, when it was. */
  readonly refused?: Reason;
}

export const circumstancesOf = (snapshot: Snapshot, author: Author): Circumstances => ({
  trigger: author.trigger,
  actor: author.actor,
  request: author.request,
  seat: snapshot.seat,
  ageMs: snapshot.ageMs,
  nowMs: snapshot.nowMs,
  decidedBy: snapshot.decidedBy,
});

/** The same code, sentence and numbers that whoever asked was told. */
export const reasonOf = ({ code, message, numbers }: Refused): Reason => ({
  code,
  sentence: message,
  numbers,
});

/** A decision that changed nothing: held, refused, in shadow, or its claim was lost (`refused`). */
export const heldRecord = (
  snapshot: Snapshot,
  decision: Decision,
  author: Author,
  refused?: Refused,
): RecordedDecision => ({
  epoch: snapshot.seat.epoch,
  decision,
  evidence: snapshot.observations,
  voters: decision.voters,
  atMs: snapshot.nowMs,
  circumstances: circumstancesOf(snapshot, author),
  ...(refused === undefined ? {} : { refused: reasonOf(refused) }),
});
