import type { LocalRuns } from './local-run';
import { createLocalRuns } from './local-run';
import type { Machines } from './machines';
import { createMachines } from './machines';
import type { Rules } from './rules';

/** What stays the same over a whole exploration. */
export interface Explorer {
  readonly rules: Rules;
  readonly runs: LocalRuns;
  readonly machines: Machines;
}

export const createExplorer = (rules: Rules): Explorer => ({
  rules,
  runs: createLocalRuns(rules.lambdas),
  machines: createMachines(rules.definition),
});
