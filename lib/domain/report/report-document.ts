import type { ClientView } from './client-view';
import type { Phase } from './phases';
import type { Spread } from './statistics';

/** Why it was decided, in the product's own words. */
export interface DecisionStory {
  /** Who claimed: 'witness az-c', 'alarm', 'human'. */
  readonly by: string;
  readonly summary: string;
  readonly reasons: readonly string[];
}

/** What one store of the surviving zone lacked; see `ScenarioReport`. */
export interface StoreFigures {
  readonly store: string;
  readonly lost: number;
  readonly rpo_seconds: number;
  /** Of a store that acknowledges alone: how old what it lacks may be. Absent: nothing may be missing. */
  readonly limit_seconds?: number;
}

/** One fault and what came of it. Names are part of the report's format; null = not measured, never 0. */
export interface ScenarioReport {
  readonly name: string;
  readonly fault: string;
  readonly rto_seconds: number | null;
  readonly rpo_seconds: number | null;
  /** Orders acknowledged within the scenario's stretch of the ledger. */
  readonly acknowledged: number;
  readonly lost: number | null;
  readonly needless_failovers: number | null;
  readonly phases: readonly Phase[];
  readonly passed: boolean;
  /** Why it did not pass; null when it did. */
  readonly why: string | null;
  readonly had_to_fail_over: boolean;
  readonly acknowledged_before: number;
  readonly acknowledged_after: number;
  readonly lost_ids: readonly string[];
  /** Each store that was read; `lost` counts an order that any of them lacks, but for those with a limit of their own. */
  readonly stores: readonly StoreFigures[];
  readonly write_gap_seconds: number | null;
  /** Orders the client gave up on: outcome unknown, never acknowledged. */
  readonly given_up: number;
  /** Percent of the orders of this stretch which were acknowledged at their first attempt. */
  readonly availability_percent: number | null;
  /** Orders after the recovery whose first attempt failed; null without a recovery. */
  readonly late_lapses: number | null;
  readonly decision: DecisionStory | null;
  readonly client_view: ClientView;
}

/** The counts and seconds of one scenario, without the verdict on them. */
export type ScenarioFigures = Omit<ScenarioReport, 'passed' | 'why'>;

export interface Objectives {
  readonly rto_seconds: number;
  readonly rpo_seconds: number;
}

export interface ReportSummary {
  readonly total_scenarios: number;
  readonly successful_scenarios: number;
  /** 0-100. */
  readonly success_rate: number;
  /** Seconds, over the scenarios that had to fail over and were measured; null when none was. */
  readonly average_rto: number | null;
  readonly average_rpo: number | null;
  /** True only when each scenario that had to fail over was measured and kept both objectives. */
  readonly meets_sla: boolean;
}

/** `reports/latest.json`. */
export interface DrillReport {
  /** YYYY-MM-DD. */
  readonly drill_date: string;
  readonly summary: ReportSummary;
  readonly scenarios: readonly ScenarioReport[];
  readonly recommendations: readonly string[];
  readonly run_id: string;
  readonly workload: string;
  readonly started_at: string;
  readonly objectives: Objectives;
  readonly statistics: {
    readonly rto_seconds: Spread;
    readonly rpo_seconds: Spread;
    readonly write_gap_seconds: Spread;
  };
  /** Paths relative to the report's own folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}
