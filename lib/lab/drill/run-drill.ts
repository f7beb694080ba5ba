import { join } from 'node:path';
import { ulid } from 'ulid';
import type { Connection } from '../../cli/connection';
import type { DrillReport, ScenarioReport } from '../../domain/report/report-document';
import { buildReport } from '../../domain/report/build-report';
import type { Traffic } from '../../ports/traffic';
import { zonesOfRole } from '../../domain/topology';
import type { Lab } from '../lab';
import { writeReport } from '../report/write-report';
import type { WrittenReport } from '../report/write-report';
import { waitUntil } from '../wait-until';
import type { DrillContext } from './drill-context';
import { isHomeAndWhole, objectivesOf } from './drill-context';
import { orProblem } from './or-problem';
import type { LossKind, LossResult } from './zone-loss';
import { runZoneLoss } from './zone-loss';

export interface DrillOptions {
  readonly lab: Lab;
  readonly connection: Connection;
  readonly traffic: Traffic;
  readonly fault: LossKind;
  readonly repeat: number;
  readonly say: (line: string) => void;
}

const HEALTHY_TIMEOUT_MS = 120_000;
/** The declared hold ends by itself: 5 minutes and 2 more for each loss. */
const holdMs = (repeat: number): number => (5 + 2 * repeat) * 60_000;

const summaryLine = ({ name, rto_seconds, lost, passed, why }: ScenarioReport): string =>
  `${name}: ${passed ? 'passed' : 'FAILED'}, RTO ${rto_seconds ?? 'not measured'} s, lost ${lost ?? 'not measured'}${why === null ? '' : `: ${why}`}`;

interface Losses {
  readonly results: readonly LossResult[];
  /** Why it ended before all losses were run; null when they all were. */
  readonly endedEarly: string | null;
}

/** What was measured before something broke is kept: a drill that cannot go on still reports. */
const runLosses = async (context: DrillContext, options: DrillOptions): Promise<Losses> => {
  const results: LossResult[] = [];
  const early = (why: string): Losses => ({
    results,
    endedEarly: `ended after ${results.length} of ${options.repeat}: ${why}`,
  });
  for (let loss = 1; loss <= options.repeat; loss += 1) {
    const problems: string[] = [];
    const wanted = { name: `az-failure-${loss}`, fault: options.fault };
    const result = await orProblem(problems, () => runZoneLoss(context, wanted));
    if (result === null) return early(problems.join('; '));
    options.say(summaryLine(result.scenario));
    results.push(result);
    if (loss < options.repeat && !(await isHomeAndWhole(context)))
      return early('the lab was not whole again');
  }
  return { results, endedEarly: null };
};

/** I6, I11: declared for its time, so that the failovers it provokes start no cooldown; ended whatever happens. */
const declared = async <T>(
  context: DrillContext,
  options: DrillOptions,
  id: string,
  act: () => Promise<T>,
): Promise<T> => {
  const { store } = context.connection;
  const untilMs = (await store.nowMs()) + holdMs(options.repeat);
  await store.apply({ type: 'begin-drill', drill: { id, zone: context.home, untilMs } });
  try {
    return await act();
  } finally {
    await store.apply({ type: 'end-drill', drillId: id });
  }
};

const evidenceOf = (results: readonly LossResult[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    results.flatMap(({ scenario, ledger, marks }) => [
      [`${scenario.name}.ledger`, ledger],
      [`${scenario.name}.marks`, marks],
    ]),
  );

/** A drill in a lab that is up: waits until it is whole, loses the home zone `repeat` times, writes the report. */
export const runDrill = async (
  options: DrillOptions,
): Promise<{ readonly report: DrillReport; readonly written: WrittenReport }> => {
  const { lab, connection, traffic, say } = options;
  const { topology, projectFolder } = lab.options;
  const [home = ''] = zonesOfRole(topology, 'primary');
  const context: DrillContext = { lab, connection, traffic, services: lab.context(), home, say };
  await waitUntil({ what: 'the lab is whole', timeoutMs: HEALTHY_TIMEOUT_MS, everyMs: 100 }, () =>
    isHomeAndWhole(context),
  );
  say(`the lab is whole: writer ${home}, a proven synchronous standby, traffic home`);
  const startedAt = new Date().toISOString();
  const runId = ulid();
  const { results, endedEarly } = await declared(context, options, runId, () => runLosses(context, options));
  const report = buildReport({
    runId,
    workload: topology.workload,
    startedAt,
    objectives: objectivesOf(context),
    scenarios: results.map(({ scenario }) => scenario),
    notes: endedEarly === null ? [] : [endedEarly],
  });
  const written = await writeReport({
    folder: join(projectFolder, 'reports'),
    report,
    evidence: evidenceOf(results),
  });
  return { report: written.report, written };
};
