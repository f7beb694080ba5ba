import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exploration } from './explore';
import { INVARIANTS } from './invariants';

const sum = (all: readonly Exploration[], of: (one: Exploration) => number): number =>
  all.reduce((total, one) => total + of(one), 0);

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

/** What `reports/model.json` says of the spaces. */
export const spacesReport = (found: readonly Exploration[], seconds: number) => ({
  states: sum(found, ({ distinctStates }) => distinctStates),
  explored_states: sum(found, ({ states }) => states),
  transitions: sum(found, ({ transitions }) => transitions),
  depth: Math.max(...found.map(({ depth }) => depth)),
  exhausted: found.every(({ exhausted }) => exhausted),
  invariants: Object.entries(INVARIANTS).map(([name, statement]) => ({ name, statement })),
  violations: found.flatMap(({ space, violation }) => (violation === null ? [] : [{ space, ...violation }])),
  seconds: rounded(seconds),
  /** Of the largest worker; two run side by side. */
  peak_memory_mib_per_worker: Math.max(...found.map(({ peakMemoryMib }) => peakMemoryMib)),
  spaces: found.map(({ violation, seconds: own, ...rest }) => ({
    ...rest,
    violations: violation === null ? 0 : 1,
    seconds: rounded(own),
  })),
});

export interface FoundBug {
  readonly id: string;
  readonly rule: string;
  readonly exploration: Exploration;
  /** Its space under the shipped rules. */
  readonly unbugged: Exploration;
}

export const bugsReport = (bugs: readonly FoundBug[], seconds: number) => ({
  bugs: bugs.length,
  found: bugs.filter(({ exploration }) => exploration.violation !== null).length,
  sound: bugs.every(({ unbugged }) => unbugged.exhausted && unbugged.violation === null),
  longest_trace: Math.max(0, ...bugs.map(({ exploration }) => exploration.violation?.story.length ?? 0)),
  seconds: rounded(seconds),
  each: bugs.map(({ id, rule, exploration, unbugged }) => ({
    id,
    rule,
    space: exploration.space,
    states: exploration.states,
    found: exploration.violation !== null,
    invariant: exploration.violation?.invariant ?? null,
    trace: exploration.violation?.story.length ?? null,
    shipped: {
      states: unbugged.states,
      exhausted: unbugged.exhausted,
      violations: unbugged.violation === null ? 0 : 1,
    },
  })),
});

/** Puts one part of the report beside what the other run wrote. */
export const writeReport = (name: string, content: unknown): string => {
  const folder = join(__dirname, '../../reports');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  return `reports/${name}`;
};

/** A violation as people read it. */
export const storyOf = ({ space, violation }: Exploration): string => {
  if (violation === null) return '';
  const steps = violation.story.map((sentence, index) => `  ${String(index + 1).padStart(3)}. ${sentence}`);
  return [`${violation.invariant} is broken in "${space}": ${violation.sentence}`, ...steps].join('\n');
};
