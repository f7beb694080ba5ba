import type { DrillReport, Objectives, ReportSummary, ScenarioReport } from './report-document';
import { recommendationsFor } from './recommendations';
import { mean, spreadOf } from './statistics';

export interface ReportInput {
  readonly runId: string;
  readonly workload: string;
  /** ISO 8601, UTC; its date becomes the report's `drill_date`. */
  readonly startedAt: string;
  readonly objectives: Objectives;
  readonly scenarios: readonly ScenarioReport[];
  readonly files?: Readonly<Record<string, string>>;
  readonly notes?: readonly string[];
}

const keepsObjectives = (scenario: ScenarioReport, { rto_seconds, rpo_seconds }: Objectives): boolean =>
  scenario.rto_seconds !== null &&
  scenario.rpo_seconds !== null &&
  scenario.rto_seconds <= rto_seconds &&
  scenario.rpo_seconds <= rpo_seconds;

const roundedMean = (values: readonly (number | null)[]): number | null => {
  const average = mean(values.filter((value) => value !== null));
  return average === null ? null : Math.round(average * 1000) / 1000;
};

const summaryOf = (scenarios: readonly ScenarioReport[], objectives: Objectives): ReportSummary => {
  const failedOver = scenarios.filter((scenario) => scenario.had_to_fail_over);
  const successful = scenarios.filter((scenario) => scenario.passed).length;
  return {
    total_scenarios: scenarios.length,
    successful_scenarios: successful,
    success_rate: scenarios.length === 0 ? 0 : Math.round((successful / scenarios.length) * 10_000) / 100,
    average_rto: roundedMean(failedOver.map(({ rto_seconds }) => rto_seconds)),
    average_rpo: roundedMean(failedOver.map(({ rpo_seconds }) => rpo_seconds)),
    meets_sla: failedOver.length > 0 && failedOver.every((scenario) => keepsObjectives(scenario, objectives)),
  };
};

/** Builds the document that `reports/latest.json` holds. Averages are over the scenarios that had to fail over. */
export const buildReport = (input: ReportInput): DrillReport => {
  const failedOver = input.scenarios.filter((scenario) => scenario.had_to_fail_over);
  return {
    drill_date: input.startedAt.slice(0, 'YYYY-MM-DD'.length),
    summary: summaryOf(input.scenarios, input.objectives),
    scenarios: input.scenarios,
    recommendations: recommendationsFor(input.scenarios, input.objectives),
    run_id: input.runId,
    workload: input.workload,
    started_at: input.startedAt,
    objectives: input.objectives,
    statistics: {
      rto_seconds: spreadOf(failedOver.map(({ rto_seconds }) => rto_seconds)),
      rpo_seconds: spreadOf(failedOver.map(({ rpo_seconds }) => rpo_seconds)),
      write_gap_seconds: spreadOf(failedOver.map(({ write_gap_seconds }) => write_gap_seconds)),
    },
    files: input.files ?? {},
    notes: input.notes ?? [],
  };
};
