import type { DrillReport, ScenarioReport } from '../domain/report/report-document';
import type { Topology } from '../domain/topology';
import { patientConnection, patientTraffic } from '../lab/drill/patient-reads';
import { runDrill } from '../lab/drill/run-drill';
import type { LossKind } from '../lab/drill/zone-loss';
import type { Lab } from '../lab/lab';
import { DrillFailed } from './cli-errors';
import { connect } from './connection';
import { labOf, playIn } from './lab';
import type { Output } from './output';
import { openTraffic } from './public-name';

export interface DrillCommand {
  readonly configFile: string;
  readonly fault: LossKind;
  readonly repeat: number;
  readonly keep?: boolean;
  readonly json?: boolean;
}

const seconds = (value: number | null): string => (value === null ? 'not measured' : `${value.toFixed(3)} s`);

/** What acknowledges alone may lose some, and says so also when it did not. */
const aloneLines = ({ stores }: ScenarioReport): readonly string[] =>
  stores.flatMap(({ store, lost, rpo_seconds: age, limit_seconds: limit }) =>
    limit === undefined
      ? []
      : [
          `  ${store}, acknowledged alone: lost ${lost}, the oldest ${seconds(age)} old; it may lose up to ${limit} s`,
        ],
  );

const scenarioLines = (scenario: ScenarioReport): readonly string[] => [
  `${scenario.name} (${scenario.fault}): ${scenario.passed ? 'passed' : `FAILED: ${scenario.why}`}`,
  `  RTO ${seconds(scenario.rto_seconds)}   RPO ${seconds(scenario.rpo_seconds)}   lost ${scenario.lost ?? 'not measured'} of ` +
    `${scenario.acknowledged}   needless failovers ${scenario.needless_failovers ?? 'not measured'}`,
  ...aloneLines(scenario),
  ...scenario.phases.map(
    (phase) =>
      `  ${phase.name.padEnd(18)}at ${seconds(phase.at_seconds).padEnd(14)}took ${seconds(phase.took_seconds)}`,
  ),
];

const reportText = (report: DrillReport): string => {
  const { summary, statistics } = report;
  const spread = statistics.rto_seconds;
  return [
    ...report.scenarios.flatMap(scenarioLines),
    `${summary.successful_scenarios} of ${summary.total_scenarios} passed; RTO median ${seconds(spread.median)}, worst ${seconds(spread.worst)}`,
    ...report.notes,
  ].join('\n');
};

const drillIn = async (lab: Lab, options: DrillCommand, output: Output): Promise<void> => {
  const connection = patientConnection(await connect(lab.options.topology));
  try {
    const traffic = patientTraffic(await openTraffic(connection));
    const say = (line: string): void => output.note(`  ${line}`);
    const { report, written } = await runDrill({
      lab,
      connection,
      traffic,
      fault: options.fault,
      repeat: options.repeat,
      say,
    });
    output.result(options.json === true ? JSON.stringify(report, null, 2) : reportText(report));
    output.note(`report: ${written.html}`);
    const { successful_scenarios: passed } = report.summary;
    if (passed < options.repeat)
      throw new DrillFailed(`${passed} of ${options.repeat} zone losses passed; see ${written.json}`);
  } finally {
    connection.close();
  }
};

/** Boots what is not up, drills, and leaves the lab as it was found: a lab that was up stays up. */
export const drillCommand = async (
  topology: Topology,
  options: DrillCommand,
  output: Output,
): Promise<void> => {
  const lab = labOf(topology, options.configFile, output);
  await playIn(lab, output, { what: 'drill', isKept: options.keep === true }, () =>
    drillIn(lab, options, output),
  );
};
