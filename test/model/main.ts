import { parseArgs } from 'node:util';
import { BUGS, bugOf } from './bugs';
import { runAll } from './crew';
import type { Exploration } from './explore';
import type { Job } from './job';
import { MAX_STORY } from './job';
import type { FoundBug } from './report';
import { bugsReport, spacesReport, storyOf, writeReport } from './report';
import { SMALL_SPACES, SPACES } from './spaces';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const lineOf = ({
  space,
  distinctStates,
  states,
  transitions,
  depth,
  exhausted,
  seconds,
}: Exploration): string =>
  `${space}: ${distinctStates} states (${states} with budgets), ${transitions} transitions, depth ${depth}, ` +
  `${exhausted ? 'exhausted' : 'NOT exhausted'}, ${seconds.toFixed(1)} s`;

const since = (startedMs: number): number => (performance.now() - startedMs) / 1000;

const exploreSpaces = async (
  options: { readonly small: boolean; readonly only?: string },
  workers: number,
) => {
  const spaces = (options.small ? SMALL_SPACES : SPACES).filter(
    ({ name }) => name === (options.only ?? name),
  );
  const jobs = spaces.map(({ name }): Job => ({ kind: 'space', name, small: options.small }));
  const found: Exploration[] = [];
  const startedMs = performance.now();
  await runAll(jobs, workers, (_job, exploration) => {
    found.push(exploration);
    say(lineOf(exploration));
    if (exploration.violation !== null) say(storyOf(exploration));
  });
  const report = spacesReport(found, since(startedMs));
  const path = writeReport(options.small ? 'model-small.json' : 'model.json', report);
  say(
    `states ${report.states}, transitions ${report.transitions}, depth ${report.depth}, invariants ` +
      `${report.invariants.length}, violations ${report.violations.length}, ${report.seconds} s, ` +
      `at most ${report.peak_memory_mib_per_worker} MiB a worker; ${path}`,
  );
  return report.exhausted && report.violations.length === 0;
};

const bugLine = ({ id, exploration, unbugged }: FoundBug): string => {
  const { violation, states, seconds } = exploration;
  const how = violation === null ? 'NOT FOUND' : `${violation.invariant}, ${violation.story.length} steps`;
  const clean = unbugged.exhausted && unbugged.violation === null;
  return `${id}: ${how} (${states} states, ${seconds.toFixed(1)} s); without it ${clean ? 'nothing' : 'NOT CLEAN'}`;
};

const exploreBugs = async (ids: readonly string[], workers: number, isTold: boolean): Promise<boolean> => {
  const found: FoundBug[] = [];
  const half = new Map<string, Partial<Record<Job['kind'], Exploration>>>();
  const startedMs = performance.now();
  const jobs = ids.flatMap((name): Job[] => [
    { kind: 'bug', name },
    { kind: 'unbugged', name },
  ]);
  await runAll(jobs, workers, ({ kind, name }, done) => {
    const both = { ...half.get(name), [kind]: done };
    half.set(name, both);
    if (both.bug === undefined || both.unbugged === undefined) return;
    const bug = { id: name, rule: bugOf(name).rule, exploration: both.bug, unbugged: both.unbugged };
    found.push(bug);
    say(bugLine(bug));
    if (isTold) say(storyOf(bug.exploration));
  });
  const report = bugsReport(found, since(startedMs));
  const path = ids.length === BUGS.length ? `; ${writeReport('model-bugs.json', report)}` : '';
  say(
    `${report.found} of ${report.bugs} seeded bugs found, longest trace ${report.longest_trace}, ${report.seconds} s${path}`,
  );
  return report.found === report.bugs && report.sound && report.longest_trace <= MAX_STORY;
};

const options = {
  bugs: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  bug: { type: 'string' },
  small: { type: 'boolean', default: false },
  space: { type: 'string' },
  workers: { type: 'string', default: '2' },
} as const;

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({ options });
  const workers = Number(values.workers);
  if (values.list) {
    for (const { id, rule, about } of BUGS) say(`${id}  [${rule}]  ${about}`);
    for (const { name, about } of SPACES) say(`space ${name}: ${about}`);
    return true;
  }
  if (values.bug !== undefined) return exploreBugs([bugOf(values.bug).id], 1, true);
  if (values.bugs)
    return exploreBugs(
      BUGS.map(({ id }) => id),
      workers,
      false,
    );
  return exploreSpaces(
    { small: values.small, ...(values.space === undefined ? {} : { only: values.space }) },
    workers,
  );
};

void main().then((isWell) => {
  process.exitCode = isWell ? 0 : 1;
});
