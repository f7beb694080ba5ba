import type { OperationKind, OperationMode, OutcomeResult, Trigger } from '../domain/protocol/seat';
import type { SyncVerb } from '../domain/sync/steps';
import type { Store, ZoneId } from '../domain/topology';
import type { Weights } from '../domain/traffic/weights';

/** A bare start from the Step Functions console or `evac failover`: it claims there. */
export interface RequestInput {
  readonly to: ZoneId;
  readonly mode: OperationMode;
  readonly reason: string;
  readonly kind?: 'failover' | 'rollback';
  /** Default: every store that is not there yet; the traffic goes with PostgreSQL. */
  readonly only?: readonly Store[];
  readonly overrideCooldown?: boolean;
  /** Emergency only: the most seconds of acknowledged writes the caller accepts to lose, on record. */
  readonly acceptLossSeconds?: number;
  readonly requestedBy?: string;
}

/** A start of the machine `verify`. */
export interface VerifyRequest {
  /** Default: every store of the deployment. */
  readonly stores?: readonly Store[];
  readonly requestedBy?: string;
}

/** A bare start of the machine `rejoin`: a proven standby is made anew from its writer. */
export interface RebuildRequest {
  readonly rebuild: Store;
  /** Where it is. */
  readonly to: ZoneId;
  /** The seat's when it was asked for: what comes late, or a second time, finds another one and is refused. */
  readonly seatEpoch: number;
  readonly reason: string;
  /** What it had is set aside on its machine, until the next time. */
  readonly keep: boolean;
  /** The execution that found it to differ: refused unless that is the newest comparison on record. */
  readonly comparison?: string;
  readonly requestedBy?: string;
}

/** A start of the machine `sync`. */
export interface SyncRequest {
  readonly do: SyncVerb;
  /** Default: every store whose copies can be told. */
  readonly stores?: readonly Store[];
  /** Kept with the mark, and shown as long as it stands. */
  readonly reason: string;
  readonly requestedBy?: string;
}

/** How far it is; what the machine hands back to the next look. */
export interface SyncChange {
  readonly done: 'yes' | 'no';
  readonly waitSeconds: number;
  readonly left: readonly Store[];
  /** The epoch of the rejoin that was claimed for the first of them. */
  readonly claimed: number | null;
  /** Since when it is at that store. State store's time, ms since 1970. */
  readonly sinceMs: number;
  /** What is done. */
  readonly sentence: string;
  /** What it does or waits for now. */
  readonly note: string;
}

/** What every step gets and hands on. */
export interface OperationRef {
  readonly epoch: number;
  readonly kind: OperationKind;
  /** Which of the state machine's branches have work to do. */
  readonly concerns: Readonly<Record<Store, 'yes' | 'no'>>;
  readonly from: ZoneId;
  readonly to: ZoneId;
  readonly mode: OperationMode;
  readonly trigger: Trigger;
}

/** What shift-traffic hands to the guard. */
export interface TrafficShifted {
  /** As read back. */
  readonly weights: Weights;
  /** Percent of the target. */
  readonly share: number;
  /** Whether anybody looks before it goes on. */
  readonly guard: 'yes' | 'no';
}

/** What the guard of a planned move's traffic says; the state machine chooses by `next`. */
export interface TrafficGuarded {
  readonly share: number;
  /** `forward`: the zone that the traffic leaves is gone, so all the rest goes at once. */
  readonly next: 'wait' | 'shift' | 'forward' | 'done';
  readonly why: string;
  /** From where the step's samples are counted; null: not marked yet. */
  readonly mark: string | null;
  /** At this step so far. */
  readonly waitedMs: number;
  /** With `wait`. */
  readonly waitSeconds?: number;
}

/** What Step Functions puts at `$.failure` when a step failed. */
export interface Failure {
  readonly Error: string;
  readonly Cause: string;
}

export interface RecordedOutcome {
  readonly result: OutcomeResult | 'refused';
  readonly reason: string;
  readonly epoch: number | null;
}

/** keep-warm's ping; @middy/warmup ends it before anything is read or changed. */
export const WARM_UP_EVENT = { source: 'evac.keep-warm' } as const;

/** Asked of a witness: how it should run. `loop` is the schedule's, `fresh-round` the intake's. */
export interface ProbeRequest {
  readonly run: 'loop' | 'fresh-round';
}
