import type { Decision } from '../domain/decision/decision';
import type { Observation } from '../domain/observation';
import type { Seat, VoterRound } from '../domain/protocol/seat';
import type { SeatEvent } from '../domain/protocol/transitions';

/** A journal line of one step under its epoch; written before the step acts and again when it ended. */
export interface StepRecord {
  readonly epoch: number;
  readonly name: string;
  readonly status: 'started' | 'done' | 'failed';
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** What was done, seen or refused; never a secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface DecisionRecord {
  readonly epoch: number;
  readonly decision: Decision;
  /** The evidence it came from, so that it can be replayed (I12). */
  readonly evidence: readonly Observation[];
  readonly voters: readonly VoterRound[];
  readonly atMs: number;
}

/**
 * The decision state: one item that says who may write, and what every witness saw.
 * Reads are strongly consistent. Every method rejects with `Unreachable` when the store does not answer in time,
 * with `DamagedState` when an item is not what Evac writes.
 */
export interface StateStore {
  /** The store's own time, ms since 1970 (from its last answer, carried on by the local monotonic clock). */
  nowMs(): Promise<number>;
  readSeat(): Promise<Seat | null>;
  /** Creates the seat when there is none; returns the seat in force either way. */
  initialiseSeat(seat: Seat): Promise<Seat>;
  /** Applies one row of the protocol. Rejects with `Refused` (code of the broken clause, the winning seat in its numbers). */
  apply(
    event: SeatEvent,
    claim?: { readonly record: DecisionRecord; readonly voters: readonly VoterRound[] },
  ): Promise<Seat>;
  writeObservation(observation: Observation): Promise<void>;
  readObservations(): Promise<readonly Observation[]>;
  writeStep(step: StepRecord): Promise<void>;
  readSteps(epoch: number): Promise<readonly StepRecord[]>;
  readDecision(epoch: number): Promise<DecisionRecord | null>;
  /** A decision that was not acted on (hold, refuse, shadow): history with a TTL. */
  recordDecision(record: DecisionRecord): Promise<void>;
  /** Newest first. */
  recentDecisions(limit: number): Promise<readonly DecisionRecord[]>;
  close(): void;
}
