import type { MachineName } from '../../../lib/contract/workflows';
import type { Seat } from '../../../lib/domain/protocol/seat';
import type { Site, Variant } from './faults';
import { Fault, variantsOf } from './faults';
import type { Played } from './scenarios';
import type { Struck } from './strike';
import { sitesOf, strikeOnce } from './strike';

/** One cell of the table: a state, a fault, and all the ways in which it can strike there. */
export interface Cell {
  readonly machine: MachineName;
  readonly scenario: string;
  readonly state: string;
  readonly fault: Fault;
  readonly runs: number;
  /** How the executions ended, each way once. */
  readonly ended: readonly string[];
  /** Some were finished by reconcile-seat. */
  readonly reconciled: boolean;
  /** Where the seat came to rest, each way once. */
  readonly finalState: readonly string[];
  /** What is wrong; empty = as specified. */
  readonly broken: readonly string[];
}

/** The stops that are safe, by the seat's own words. */
export const SAFE_STOPS: Readonly<Record<string, string>> = {
  untouched: 'the start was refused, and nothing was claimed',
  released: 'the seat was given back before anything was changed, or its standby is not eligible yet',
  'rolled-back': 'undone: the old writer goes on',
  failed: 'stayed in the new zone after the point of no return, with the reason',
};

const resultOf = ({ lastOutcome }: Seat): string => lastOutcome?.result ?? 'untouched';
const restOf = (seat: Seat): string => `${resultOf(seat)}, ${seat.writer} writes`;

/** `released, az-a writes → completed, az-b writes`: given back, then decided anew. */
const wayOf = ({ rests }: Struck): string =>
  rests
    .map(restOf)
    .filter((rest, index, all) => rest !== all[index - 1])
    .join(' → ');

const endOf = ({ result: { execution } }: Struck): string =>
  execution.status === 'SUCCEEDED' ? execution.status : `${execution.status} (${execution.error})`;

const lastOf = ({ rests }: Struck): Seat => rests.at(-1) as Seat;

/** The same as without a fault, or, unless nothing may come of the fault, a stop that has a name and a reason. */
const isAsSpecified = (scenario: Played, variant: Variant, seat: Seat, calm: Seat): boolean => {
  if (restOf(seat) === restOf(calm)) return true;
  if (scenario.mayComplete === true && resultOf(seat) === 'completed') return true;
  if (variant.isHarmless === true) return false;
  return resultOf(seat) in SAFE_STOPS && seat.lastOutcome?.reason !== '';
};

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

const NOTHING: Variant = { name: 'nothing', strike: () => ({}) };
export const NOWHERE: Site = { state: '', isTask: false, isRetried: false, calls: [] };

/** The run that nothing disturbs: what all others are measured by. */
export const calmRunOf = async (scenario: Played): Promise<{ readonly seat: Seat } & Struck> => {
  const struck = await strikeOnce(scenario, NOWHERE, NOTHING);
  return { ...struck, seat: lastOf(struck) };
};

/** Strikes in every way that the fault has at this state; null where it has none. */
const cellOf = async (scenario: Played, site: Site, fault: Fault, calm: Seat): Promise<Cell | null> => {
  const variants = variantsOf(fault, site);
  if (variants.length === 0) return null;
  const runs: Struck[] = [];
  const broken: string[] = [];
  for (const variant of variants) {
    const struck = await strikeOnce(scenario, site, variant);
    const isFine = isAsSpecified(scenario, variant, lastOf(struck), calm);
    const strange = isFine ? [] : [`it came to rest as ${wayOf(struck)}`];
    broken.push(...[...struck.findings, ...strange].map((finding) => `${variant.name}: ${finding}`));
    runs.push(struck);
  }
  return {
    machine: scenario.machine,
    scenario: scenario.name,
    state: site.state,
    fault,
    runs: runs.length,
    ended: distinct(runs.map(endOf)),
    reconciled: runs.some(({ isReconciled }) => isReconciled),
    finalState: distinct(runs.map(wayOf)),
    broken,
  };
};

/** Every state that the scenario enters × every fault. */
export const cellsOf = async (scenario: Played): Promise<readonly Cell[]> => {
  const { seat } = await calmRunOf(scenario);
  const cells: Cell[] = [];
  for (const site of await sitesOf(scenario))
    for (const fault of Object.values(Fault)) {
      const cell = await cellOf(scenario, site, fault, seat);
      if (cell !== null) cells.push(cell);
    }
  return cells;
};
