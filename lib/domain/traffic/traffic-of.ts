import type { Seat } from '../protocol/seat';
import { Phase } from '../protocol/seat';
import type { ZoneId } from '../topology';
import { Store } from '../topology';
import type { Weights } from './weights';
import { allTo } from './weights';

/**
 * Where the traffic belongs by the seat's word: with PostgreSQL's writer, unless it was left elsewhere. Null: a move is
 * under way that nobody can say it for.
 */
export const trafficOf = (
  { writer, traffic, operation }: Pick<Seat, 'writer' | 'traffic' | 'operation'>,
  zones: readonly ZoneId[],
): Weights | null => {
  const isShifting = operation?.phase === Phase.admitted && operation.stores.includes(Store.postgres);
  if (!isShifting) return traffic ?? allTo(zones, writer);
  if (operation.breach === undefined) return allTo(zones, writer);
  return operation.breach.traffic === 'back' ? allTo(zones, operation.from) : null;
};
