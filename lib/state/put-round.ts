import type { Clause } from '../domain/protocol/clauses';
import type { ItemTable } from './item-table';
import { absentOr } from './item-table';
import type { Item } from './parse-item';

const superseded = { code: 'superseded', sentence: 'another loop of the same kind has taken over' };

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

/** An item that one loop writes, round by round. */
export type RoundItem = Item & { readonly runId: string; readonly round: number };

/**
 * A round is written only forward and only by the run that holds the item, so that a write which lands after the
 * network healed, or two loops of one kind, never count. A late write of the same run is overtaken: no error.
 * Answers what another run has put in its place; null: it was written, or overtaken.
 */
export const putRound = async (
  table: ItemTable,
  item: RoundItem,
  takesOver: boolean,
): Promise<Item | null> => {
  const { runId, round } = item;
  const clauses = takesOver ? [roundBefore(round)] : [runIs(runId), roundBefore(round)];
  const result = await table.put(item, absentOr(clauses));
  if (result.accepted || result.found === undefined) return null;
  return result.found['runId'] === runId ? null : result.found;
};
