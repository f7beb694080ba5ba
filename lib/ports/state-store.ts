import type { RecordedDecision } from '../domain/decision/record';
import type { CopiesRecord } from '../domain/consistency/record';
import type { Observation } from '../domain/observation';
import type { Seat, VoterRound } from '../domain/protocol/seat';
import type { SeatEvent } from '../domain/protocol/transitions';
import type { SyncSample } from '../domain/sync/sample';
import type { Store, Topology } from '../domain/topology';

/** A journal line of one step under its epoch, written when it ended; that it began is the operation's phase. */
export interface StepRecord {
  readonly epoch: number;
  readonly name: string;
  readonly status: 'done' | 'failed';
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** What was done, seen or refused; never a secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export type DecisionRecord = RecordedDecision;

/** What a claim rests on; the record is what `start-claimed` finds if the claimer dies. */
export interface ClaimProof {
  readonly record: DecisionRecord;
  readonly voters: readonly VoterRound[];
}

export interface RoundWrite {
  readonly takesOver?: boolean;
}

/** Some seconds of samples of one source, oldest first. */
export interface SamplePage {
  readonly store: Store;
  readonly runId: string;
  /** State store's time of the first one, ms since 1970. */
  readonly startedAtMs: number;
  readonly samples: readonly SyncSample[];
}

/** What a round decides on. */
export interface Situation {
  readonly seat: Seat | null;
  readonly observations: readonly Observation[];
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
  /**
   * Applies one row of the protocol. Rejects with `Refused` (code of the broken clause, the winning seat in its numbers).
   * `claim` goes with a claim: the decision is written in the same transaction, and refused as `stale-evidence` when a
   * voter is of another run, or more than the store's slack of rounds past the round it was heard in (§3b.9).
   */
  apply(event: SeatEvent, claim?: ClaimProof): Promise<Seat>;
  /**
   * Puts a witness's newest round. Rejects with `Refused('superseded')` when another run holds the witness:
   * the loop that asked must end. The first write of a run passes `takesOver`, with a round past all before it.
   */
  writeObservation(observation: Observation, write?: RoundWrite): Promise<void>;
  readObservations(): Promise<readonly Observation[]>;
  /** Both in one request, each item read at its own instant. */
  readSituation(): Promise<Situation>;
  writeStep(step: StepRecord): Promise<void>;
  readSteps(epoch: number): Promise<readonly StepRecord[]>;
  /** The decision whose claim took this epoch. */
  readDecision(epoch: number): Promise<DecisionRecord | null>;
  /** A decision that changed nothing (hold, refuse, shadow, a lost claim): history with a TTL. */
  recordDecision(record: DecisionRecord): Promise<void>;
  /** Newest first. */
  recentDecisions(limit: number): Promise<readonly DecisionRecord[]>;
  /** Those taken in one epoch, newest first; the claim that took it comes last. */
  decisionsIn(epoch: number, limit: number): Promise<readonly DecisionRecord[]>;
  /** The policy of this version, kept when the first decision was recorded under it; null when none was. */
  readPolicy(version: string): Promise<Topology | null>;
  /** One a store and execution: written again, it is the same. History with a TTL. */
  writeCopies(record: CopiesRecord): Promise<void>;
  /**
   * How the copies of a store compared the last time; null when they never were, or long ago. With `execution`: by that one, where it
   * is among the newest few; another one may have ended since.
   */
  newestCopies(store: Store, execution?: string): Promise<CopiesRecord | null>;
  /** The newest look at a source; by one loop alone, as `writeObservation`. */
  writeSample(sample: SyncSample, write?: RoundWrite): Promise<void>;
  /** Of those that were ever sampled, in the order asked for. */
  readSamples(stores: readonly Store[]): Promise<readonly SyncSample[]>;
  /** History with a TTL; one write for some seconds. Written again, it is the same. */
  writeSamplePage(page: SamplePage): Promise<void>;
  /** Of so many of the newest pages, oldest sample first. */
  newestSamples(store: Store, pages: number): Promise<readonly SyncSample[]>;
  close(): void;
}
