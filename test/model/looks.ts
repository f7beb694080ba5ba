import type { Observation } from '../../lib/domain/observation';
import type { ZoneId } from '../../lib/domain/topology';
import { WITNESSES } from '../domain/decision/world';

/** What really was to be seen when a round was written; kept behind `atMs`, which no decision reads. */
export interface Look {
  readonly grid: string;
  readonly truth: string;
}

const looks: Look[] = [];
const ids = new Map<string, number>();

export const lookIdOf = (look: Look): number => {
  const key = `${look.grid} ${look.truth}`;
  const known = ids.get(key);
  if (known !== undefined) return known;
  ids.set(key, looks.length);
  looks.push({ ...look });
  return looks.length - 1;
};

export const lookBehind = (observation: Observation): Look =>
  looks[observation.atMs] ?? { grid: '', truth: '' };

const STORE_COLUMN: Readonly<Record<string, number>> = { 'az-a': 0, 'az-b': 3 };

/** The letter that a witness's true row has for the PostgreSQL of a zone; `-` when it wrote none. */
export const storeLetterIn = (grid: string, witness: string, zone: ZoneId): string => {
  const row = grid.split('/')[WITNESSES.findIndex((name) => name === witness)] ?? '-';
  return row === '-' ? '-' : (row[STORE_COLUMN[zone] ?? 0] ?? '-');
};
