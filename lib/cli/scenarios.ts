import type { Topology } from '../domain/topology';
import { storesOf } from '../domain/topology';
import { patientConnection, patientTraffic } from '../lab/drill/patient-reads';
import type { Lab } from '../lab/lab';
import { codeVersion } from '../lab/scenarios/code-version';
import type { ScenarioResult } from '../lab/scenarios/results';
import { rowsNamed, runTable } from '../lab/scenarios/run-table';
import type { Scenario } from '../lab/scenarios/scenario';
import { SCENARIOS } from '../lab/scenarios/table';
import { ScenariosFailed } from './cli-errors';
import { connect } from './connection';
import { labOf, playIn } from './lab';
import type { Output } from './output';
import { projectFolder } from './project-folder';
import { openTraffic } from './public-name';

export interface ScenariosCommand {
  readonly configFile: string;
  readonly rows: readonly string[];
  readonly list?: boolean;
  readonly resume?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
}

const listed = ({ name, fault, must }: Scenario): string => `${name.padEnd(28)}${fault} → ${must}`;

const figure = (value: number | null, digits = 0): string => (value === null ? '-' : value.toFixed(digits));

const verdictOf = ({ passed, skipped }: ScenarioResult): string =>
  skipped ? 'NOT PLAYED' : passed ? 'passed' : 'FAILED';

const line = (result: ScenarioResult): string =>
  [
    result.name.padEnd(28),
    verdictOf(result).padEnd(11),
    `${figure(result.rto_seconds, 2)} s`.padStart(9),
    `${figure(result.lost)} lost`.padStart(9),
    `${figure(result.two_writer_ms)} ms two`.padStart(11),
    `${figure(result.failovers)} failovers`.padStart(13),
    `${figure(result.took_seconds)} s`.padStart(7),
    result.why === null ? '' : `  ${result.why}`,
  ].join('');

/** A row that this machine cannot play is no success where everything has to run. */
const isBad = ({ passed, skipped }: ScenarioResult): boolean =>
  !passed && (!skipped || process.env['CI'] !== undefined);

const rowsFor = (topology: Topology): readonly Scenario[] => {
  const stores = storesOf(topology);
  return SCENARIOS.filter(({ store }) => store === undefined || stores.includes(store));
};

const enter = async (topology: Topology) => {
  const connection = patientConnection(await connect(topology));
  return { connection, traffic: patientTraffic(await openTraffic(connection)) };
};

const runIn = async (
  lab: Lab,
  rows: readonly Scenario[],
  options: ScenariosCommand,
  output: Output,
): Promise<void> => {
  const results = await runTable({
    lab,
    rows,
    order: SCENARIOS.map(({ name }) => name),
    resume: options.resume === true,
    commit: codeVersion(projectFolder),
    enter: () => enter(lab.options.topology),
    say: (text) => output.note(`  ${text}`),
    onResult: (result) => output.note(line(result)),
  });
  output.result(
    options.json === true ? JSON.stringify({ scenarios: results }, null, 2) : results.map(line).join('\n'),
  );
  const bad = results.filter(isBad);
  if (bad.length > 0 || results.length < rows.length)
    throw new ScenariosFailed(
      `${results.filter(({ passed }) => passed).length} of ${rows.length} rows are as specified; not: ` +
        bad.map(({ name }) => name).join(', '),
    );
};

/** Boots what is not up, plays the rows, and leaves the lab as it was found: a lab that was up stays up. */
export const scenariosCommand = async (
  topology: Topology,
  options: ScenariosCommand,
  output: Output,
): Promise<void> => {
  const rows = rowsNamed(options.rows, rowsFor(topology));
  if (options.list === true) return output.result(rows.map(listed).join('\n'));
  const lab = labOf(topology, options.configFile, output);
  await playIn(lab, output, { what: 'table of faults', isKept: options.keep === true }, () =>
    runIn(lab, rows, options, output),
  );
};
