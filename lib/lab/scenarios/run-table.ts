import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidRequest } from '../../domain/errors';
import { redisOf, zonesOfRole } from '../../domain/topology';
import type { Connection } from '../../cli/connection';
import type { DrillContext } from '../drill/drill-context';
import { isHomeAndWhole } from '../drill/drill-context';
import { orProblem } from '../drill/or-problem';
import { askDatabase } from '../drill/local-database';
import { forgetKeys } from '../drill/local-redis';
import type { Lab } from '../lab';
import { waitUntil } from '../wait-until';
import type { Traffic } from '../../ports/traffic';
import { ORDERS_PREFIX } from '../orders/schema';
import { forgetCooldown } from './region-table';
import type { ScenarioResult } from './results';
import { passedOn, readResults, withResult, writeResults } from './results';
import type { PlayedRow } from './run-row';
import { playRow } from './run-row';
import type { Scenario } from './scenario';

/** A lab's own way in, made anew when the lab had to be started again. */
export interface Entered {
  readonly connection: Connection;
  readonly traffic: Traffic;
}

export interface TableOptions {
  readonly lab: Lab;
  readonly rows: readonly Scenario[];
  /** Names of all rows there are, in the table's order. */
  readonly order: readonly string[];
  readonly resume: boolean;
  readonly commit: string;
  readonly enter: () => Promise<Entered>;
  readonly say: (line: string) => void;
  /** Called with each result as it is written. */
  readonly onResult: (result: ScenarioResult) => void;
}

const WHOLE_TIMEOUT_MS = 120_000;

/** The rows asked for, in the table's order; none named means all. @throws InvalidRequest with the names there are */
export const rowsNamed = (names: readonly string[], rows: readonly Scenario[]): readonly Scenario[] => {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0)
    throw new InvalidRequest(
      `no row is called ${unknown.join(', ')}; the rows are ${rows.map(({ name }) => name).join(', ')}`,
    );
  return names.length === 0 ? rows : rows.filter(({ name }) => names.includes(name));
};

const contextOf = (options: TableOptions, { connection, traffic }: Entered): DrillContext => {
  const { lab, say } = options;
  const [home = ''] = zonesOfRole(lab.options.topology, 'primary');
  return { lab, connection, traffic, services: lab.context(), home, say };
};

/** Those of all rows before would be compared and copied anew after each rejoin: minutes of two cores in the course of a table. */
const forgetOrders = async ({ lab, home }: DrillContext): Promise<void> => {
  const what = 'the orders of the last row could not be removed';
  await askDatabase(lab, home, { what, text: 'TRUNCATE orders.orders' });
  if (redisOf(lab.options.topology) !== undefined)
    await forgetKeys(lab, home, { what, prefix: ORDERS_PREFIX });
};

/** Each row begins with a lab that is whole, no cooldown, and no orders: what survives is then the row's own. */
const prepare = async (context: DrillContext): Promise<void> => {
  const wait = { what: 'the lab is whole', timeoutMs: WHOLE_TIMEOUT_MS, everyMs: 100 };
  await waitUntil(wait, () => isHomeAndWhole(context));
  await forgetCooldown(context.lab);
  await forgetOrders(context);
};

const resultOf = (
  scenario: Scenario,
  facts: Pick<ScenarioResult, 'commit' | 'started_at' | 'took_seconds'>,
  played: Pick<PlayedRow, 'measured' | 'differences'> & { readonly skipped: boolean },
): ScenarioResult => {
  const { measured, differences, skipped } = played;
  const { name, fault, must } = scenario;
  return {
    name,
    passed: differences.length === 0,
    rto_seconds: measured?.rtoSeconds ?? null,
    lost: measured?.lost ?? null,
    two_writer_ms: measured?.twoWriterMs ?? null,
    failovers: measured?.failovers.length ?? null,
    why: differences.length === 0 ? null : differences.join('; '),
    skipped,
    fault,
    must,
    write_gap_seconds: measured?.gapSeconds ?? null,
    ...facts,
  };
};

/** What a failed row leaves behind for whoever looks, as far as it came: the next row's lab may be another. */
const keepEvidence = (folder: string, name: string, { evidence }: PlayedRow): void => {
  mkdirSync(folder, { recursive: true });
  for (const [kind, path] of Object.entries(evidence).filter(([, path]) => existsSync(path)))
    copyFileSync(path, join(folder, `${name}.${kind}.jsonl`));
};

const prepared = async (context: DrillContext, scenario: Scenario): Promise<PlayedRow> => {
  const problems: string[] = [];
  await orProblem(problems, () => prepare(context));
  const [why] = problems;
  return why === undefined
    ? playRow(context, scenario)
    : { measured: null, differences: [`not begun: ${why}`], isWhole: false, evidence: {} };
};

const playOne = async (
  context: DrillContext,
  scenario: Scenario,
  options: TableOptions,
): Promise<{ readonly result: ScenarioResult; readonly isWhole: boolean }> => {
  const startedMs = performance.now();
  const started_at = new Date().toISOString();
  const facts = () => ({
    commit: options.commit,
    started_at,
    took_seconds: Math.round((performance.now() - startedMs) / 100) / 10,
  });
  const why = await scenario.whyNot();
  if (why !== null) {
    const played = { measured: null, differences: [`not played: ${why}`], skipped: true };
    return { result: resultOf(scenario, facts(), played), isWhole: true };
  }
  const played = await prepared(context, scenario);
  const result = resultOf(scenario, facts(), { ...played, skipped: false });
  const folder = join(options.lab.options.projectFolder, 'reports', 'scenarios');
  if (!result.passed) keepEvidence(folder, scenario.name, played);
  return { result, isWhole: played.isWhole };
};

/** A lab that did not come home cannot show anything any more: the next row gets a new one. */
const startAgain = async ({ lab, say }: Pick<TableOptions, 'lab' | 'say'>): Promise<void> => {
  say('the lab did not come home; a new one is started for the next row');
  await lab.down();
  const problems: string[] = [];
  await orProblem(problems, async () => lab.up());
  if (problems.length === 0) return;
  // A machine that is so busy that a lab does not come up within its deadlines may be less so by now.
  await lab.down();
  await lab.up();
};

/** Plays the rows one after the other in one lab; the results are on file after each. */
export const runTable = async (options: TableOptions): Promise<readonly ScenarioResult[]> => {
  const { lab, rows, order, commit } = options;
  const path = join(lab.options.projectFolder, 'reports', 'scenarios.json');
  const done = options.resume ? passedOn(readResults(path), commit) : new Set<string>();
  const asked = new Set(rows.map(({ name }) => name));
  writeResults(
    path,
    readResults(path).filter(({ name }) => done.has(name) || !asked.has(name)),
  );
  let entered = await options.enter();
  try {
    for (const scenario of rows.filter(({ name }) => !done.has(name))) {
      const { result, isWhole } = await playOne(contextOf(options, entered), scenario, options);
      writeResults(path, withResult(readResults(path), result, order));
      options.onResult(result);
      if (isWhole || scenario === rows.at(-1)) continue;
      entered.connection.close();
      await startAgain(options);
      entered = await options.enter();
    }
  } finally {
    entered.connection.close();
  }
  return readResults(path).filter(({ name }) => asked.has(name));
};
