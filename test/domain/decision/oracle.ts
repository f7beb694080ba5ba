import fc from 'fast-check';
import type { Grid, Row } from './world';
import { COLUMNS, WITNESSES } from './world';

/**
 * The rules once more, read from the letters and written as naively as possible: no electorate object, no opinions,
 * no table. Slow to extend and easy to believe.
 */
const WATCHED: Record<string, string> = {
  'az-a': 'ooooooo',
  'az-b': 'ooooooo',
  'az-c': 'oooooo.',
  region: '.o..o..',
};

/** Grids lean towards failure, or quorums would be rare. */
const letter = fc.constantFrom('o', 'o', 'n', 's', 'l', 'F', 'F', 'F', 'T', 'T', 'T', 'x', 'f', 'u');

const rowOf = (witness: string): fc.Arbitrary<Row> => {
  const letters = fc.tuple(
    ...[...(WATCHED[witness] ?? '')].map((one) => (one === '.' ? fc.constant('.') : letter)),
  );
  return fc.oneof({ arbitrary: fc.constant<Row>('silent'), weight: 1 }, { arbitrary: letters, weight: 8 });
};

export const anyGrid: fc.Arbitrary<Grid> = fc.record(
  Object.fromEntries(WITNESSES.map((witness) => [witness, rowOf(witness)])),
);

/** Like the real thing: the zone is dead to almost everybody, the rest is well to almost everybody. */
const nearLoss = (witness: string): fc.Arbitrary<Row> => {
  const dead = fc.constantFrom('F', 'F', 'F', 'T', 'T', 'T', 'o', 'l', 'u', 'x');
  const well = fc.constantFrom('o', 'o', 'o', 'o', 'o', 'o', 'F', 'u', 'n');
  const letters = fc.tuple(
    ...[...(WATCHED[witness] ?? '')].map((one, index) =>
      one === '.' ? fc.constant('.') : index < 3 ? dead : well,
    ),
  );
  return fc.oneof({ arbitrary: fc.constant<Row>('silent'), weight: 1 }, { arbitrary: letters, weight: 8 });
};

export const anyLoss: fc.Arbitrary<Grid> = fc.record(
  Object.fromEntries(WITNESSES.map((witness) => [witness, nearLoss(witness)])),
);

export const isOk = (value: string | undefined): boolean => value !== undefined && 'onsl'.includes(value);
export const isFailing = (value: string | undefined): boolean => value === 'F' || value === 'T';

const zoneOf = (column: string): string => `az-${column.split('@')[1]}`;

/** What a witness sees of one column; undefined when it is silent. */
export const at = (grid: Grid, witness: string, column: string): string | undefined => {
  const row = grid[witness];
  return row === undefined || row === 'silent'
    ? undefined
    : row[COLUMNS.indexOf(column as (typeof COLUMNS)[number])];
};

export const columnOf = (component: string, zone: string): string =>
  `${component === 'postgres' ? 'pg' : component}@${zone.slice(-1)}`;

export const outsiders = (zone: string): readonly string[] => WITNESSES.filter((witness) => witness !== zone);

const seesElsewhere = (grid: Grid, witness: string, zone: string): boolean =>
  COLUMNS.some(
    (column) => zoneOf(column) !== zone && zoneOf(column) !== witness && isOk(at(grid, witness, column)),
  );

export const okVoters = (grid: Grid, component: string, zone: string): readonly string[] =>
  outsiders(zone).filter((witness) => isOk(at(grid, witness, columnOf(component, zone))));

const carries = (voters: readonly string[], electors: readonly string[]): boolean =>
  voters.length > electors.length / 2 &&
  voters.length >= 2 &&
  (voters.includes('az-c') || voters.includes('region'));

export const naiveFailed = (grid: Grid, component: string, zone: string): boolean => {
  const electors = outsiders(zone).filter((witness) => component === 'api' || witness !== 'region');
  const voters = electors.filter(
    (witness) =>
      isFailing(at(grid, witness, columnOf(component, zone))) && seesElsewhere(grid, witness, zone),
  );
  return carries(voters, electors) && okVoters(grid, component, zone).length === 0;
};

/** Refused by some of the machine, or all of the zone is silent, or something else of it is steady. */
const isCertain = (grid: Grid, witness: string, component: string, zone: string): boolean => {
  const accused = columnOf(component, zone);
  if (at(grid, witness, accused) === 'F') return true;
  const others = COLUMNS.filter((column) => zoneOf(column) === zone && column !== accused);
  const letters = others.map(
    (column) => `${at(grid, witness, column)}${column.startsWith('host') ? 'h' : ''}`,
  );
  const seen = letters.filter((one) => !one.startsWith('.'));
  return (
    seen.every((one) => 'FT'.includes(one.charAt(0)) || one === 'xh') ||
    seen.some((one) => 'os'.includes(one.charAt(0)))
  );
};

const naiveCertain = (grid: Grid, component: string, zone: string): boolean => {
  const electors = outsiders(zone).filter((witness) => component === 'api' || witness !== 'region');
  const certain = electors.filter(
    (witness) =>
      isFailing(at(grid, witness, columnOf(component, zone))) &&
      seesElsewhere(grid, witness, zone) &&
      isCertain(grid, witness, component, zone),
  );
  return naiveFailed(grid, component, zone) && carries(certain, electors);
};

/** Whether an automatic failover from az-a to an eligible az-b is due, at the default policy. */
export const naiveMoves = (grid: Grid): boolean => {
  const targetAnswers = ['postgres', 'api'].every(
    (component) => okVoters(grid, component, 'az-b').length > 0,
  );
  if (naiveCertain(grid, 'postgres', 'az-a')) return targetAnswers;
  const storeLives =
    okVoters(grid, 'postgres', 'az-a').filter((witness) => witness !== 'region').length === 2;
  const apiElsewhere = okVoters(grid, 'api', 'az-b').length >= 2;
  return naiveCertain(grid, 'api', 'az-a') && storeLives && apiElsewhere && targetAnswers;
};
