import type { Observation } from '../domain/observation';
import type { RoundWrite } from '../ports/state-store';
import type { ItemTable } from './item-table';
import { observationItem } from './observation-item';
import { putRound } from './put-round';
import { refusedRound } from './refusals';

/** See `putRound`. @throws Refused `superseded` */
export const putObservation = async (
  table: ItemTable,
  observation: Observation,
  { takesOver = false }: RoundWrite = {},
): Promise<void> => {
  const found = await putRound(table, observationItem(observation), takesOver);
  if (found !== null) throw refusedRound(`the witness ${observation.witness}`, observation, found);
};
