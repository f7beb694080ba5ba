import type { OperationKind, OperationMode, Rebuild, VoterRound } from '../protocol/seat';
import type { Component, Store, WitnessId, ZoneId } from '../topology';

export const VerdictState = {
  healthy: 'healthy',
  degraded: 'degraded',
  failed: 'failed',
  unknown: 'unknown',
} as const;
export type VerdictState = (typeof VerdictState)[keyof typeof VerdictState];

export const Trend = {
  stable: 'stable',
  degrading: 'degrading',
  improving: 'improving',
  unknown: 'unknown',
} as const;
export type Trend = (typeof Trend)[keyof typeof Trend];

export const ScenarioName = {
  none: 'none',
  zoneLoss: 'zone-loss',
  networkPartition: 'network-partition',
  postgresPrimaryFailure: 'postgres-primary-failure',
  partialServiceFailure: 'partial-service-failure',
  standbyLoss: 'standby-loss',
  standbyReturned: 'standby-returned',
  witnessCutOff: 'witness-cut-off',
  lossyPath: 'lossy-path',
  overload: 'overload',
} as const;
export type ScenarioName = (typeof ScenarioName)[keyof typeof ScenarioName];

export type Vote = 'ok' | 'failed' | 'abstain';

/** The quorum's answer for one component in one zone. */
export interface Verdict {
  readonly component: Component;
  readonly zone: ZoneId;
  readonly state: VerdictState;
  /** 0-100; null while nothing is known. */
  readonly score: number | null;
  readonly scoreTerms: Readonly<Record<string, number>>;
  readonly trend: Trend;
  /** Seconds until the score would cross the failing threshold at the present slope; null when it would not. */
  readonly forecastSeconds: number | null;
  readonly votes: Readonly<Record<WitnessId, Vote>>;
  readonly lagSeconds: number | null;
  readonly reasons: readonly string[];
}

export const DecisionKind = {
  failover: 'failover',
  act: 'act',
  hold: 'hold',
  refuse: 'refuse',
  none: 'none',
} as const;
export type DecisionKind = (typeof DecisionKind)[keyof typeof DecisionKind];

export interface Reason {
  readonly code: string;
  readonly sentence: string;
  readonly numbers: Readonly<Record<string, number | string | null>>;
}

/** What to do; `failover` moves the writer, `act` is a degrade or a rejoin. */
export interface Decision {
  readonly kind: DecisionKind;
  readonly scenario: ScenarioName;
  readonly operation: {
    readonly kind: OperationKind;
    readonly mode: OperationMode;
    /** All of them write in `from`. */
    readonly stores: readonly Store[];
    readonly from: ZoneId;
    readonly to: ZoneId;
    /** Of a rejoin that makes the standby anew. */
    readonly rebuild?: Rebuild;
  } | null;
  readonly confidence: number;
  readonly reasons: readonly Reason[];
  readonly verdicts: readonly Verdict[];
  /** Voters whose rounds the decision rests on; the claim is bound to them (§3b.9). */
  readonly voters: readonly VoterRound[];
  readonly seatEpoch: number;
  readonly policyVersion: string;
}
