import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bug } from './bugs';
import { bugOf, BUGS } from './bugs';
import { reportOf } from './report';
import { runMany } from './run-many';
import { runSchedule } from './run-schedule';

const REPORT = join(__dirname, '../../reports/sim.json');
const USAGE = `npm run sim -- [--schedules 20000] [--seed 1] [--workers N] [--replay SEED] [--bug NAME] [--bugs]
bugs: ${Object.keys(BUGS).join(', ')}`;
const PROGRESS_EVERY_MS = 10_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`--${name} ${text}: a whole number is expected\n${USAGE}`);
};

const replay = async (seed: number, bug: Bug | null): Promise<boolean> => {
  const result = await runSchedule(seed, bug);
  for (const line of result.log) print(line);
  print(`\nseed ${seed}, pace ${result.profile}, ${Math.round(result.virtualMs / 1000)} s of virtual time`);
  print(`faults: ${result.faults.join('; ')}`);
  print(`event log: ${result.digest}`);
  print(result.findings.length === 0 ? 'every invariant held' : result.findings.join('\n'));
  return result.findings.length === 0;
};

interface Asked {
  readonly schedules: number;
  readonly seed: number;
  readonly workers: number | undefined;
  readonly bug: Bug | null;
}

const run = async ({ schedules, seed, workers, bug }: Asked): Promise<boolean> => {
  const startedMs = performance.now();
  let [done, toldMs] = [0, startedMs];
  const onPlayed = (): void => {
    done += 1;
    if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = performance.now();
    print(`${done} of ${schedules} schedules, ${Math.round((toldMs - startedMs) / 1000)} s`);
  };
  const played = await runMany({
    schedules,
    runSeed: seed,
    bug,
    onPlayed,
    ...(workers === undefined ? {} : { workers }),
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const report = reportOf(seed, played);
  if (bug === null) {
    mkdirSync(dirname(REPORT), { recursive: true });
    writeFileSync(REPORT, `${JSON.stringify(report, null, 1)}\n`);
  }
  print(JSON.stringify({ ...report, digests: undefined }, null, 1));
  print(
    `${report.schedules} schedules, ${report.violations} violations, ${seconds.toFixed(1)} s, ` +
      `${Math.round(report.virtual_seconds / seconds)} times real time`,
  );
  for (const { seed: own } of report.failed.slice(0, 10)) print(`npm run sim -- --replay ${own}`);
  return report.violations === 0;
};

/** How many schedules it takes to find each bug, or the one asked for. */
const hunt = async ({ schedules, seed, bug: only }: Asked): Promise<boolean> => {
  let isEachFound = true;
  for (const bug of only === null ? Object.keys(BUGS).map(bugOf) : [only]) {
    const played = await runMany({ schedules, runSeed: seed, bug, untilFound: true });
    const found = played.find(({ findings }) => findings.length > 0);
    isEachFound &&= found !== undefined;
    print(
      found === undefined
        ? `${bug}: NOT FOUND in ${played.length} schedules`
        : `${bug}: schedule ${found.index}, seed ${found.seed}: ${found.findings[0] ?? ''}`,
    );
  }
  return isEachFound;
};

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string' },
      replay: { type: 'string' },
      bug: { type: 'string' },
      bugs: { type: 'boolean', default: false },
    },
  });
  const bug = values.bug === undefined ? null : bugOf(values.bug);
  const schedules = wholeNumber('schedules', values.schedules);
  const seed = wholeNumber('seed', values.seed);
  if (values.replay !== undefined) return replay(wholeNumber('replay', values.replay), bug);
  const workers = values.workers === undefined ? undefined : wholeNumber('workers', values.workers);
  const asked: Asked = { schedules, seed, workers, bug };
  return values.bugs ? hunt(asked) : run(asked);
};

main().then(
  (isWell) => void (process.exitCode = isWell ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
