import type { Clause } from '../domain/protocol/clauses';
import type { Observation } from '../domain/observation';
import type { ObservationWrite } from '../ports/state-store';
import type { ItemTable } from './item-table';
import { absentOr } from './item-table';
import { observationItem } from './observation-item';
import { refusedObservation } from './refusals';

const superseded = { code: 'superseded', sentence: 'another loop of this witness has taken over' };

const roundBefore = (round: number): Clause => ({
  name: 'roundBefore',
  path: 'round',
  op: 'lt',
  values: [round],
  refusal: superseded,
});

const runIs = (runId: string): Clause => ({
  name: 'runIs',
  path: 'runId',
  op: 'eq',
  values: [runId],
  refusal: superseded,
});

/**
 * A round is written only forward and only by the run that holds the witness, so that a write which lands after the
 * network healed, or two loops of one witness, never count. A late write of the same run is overtaken: no error.
 */
export const putObservation = async (
  table: ItemTable,
  observation: Observation,
  { takesOver = false }: ObservationWrite = {},
): Promise<void> => {
  const forward = roundBefore(observation.round);
  const clauses = takesOver ? [forward] : [runIs(observation.runId), forward];
  const result = await table.put(observationItem(observation), absentOr(clauses));
  if (result.accepted || result.found === undefined) return;
  if (result.found['runId'] !== observation.runId) throw refusedObservation(observation, result.found);
};
