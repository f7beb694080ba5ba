import type { Clause, Scalar } from '../domain/protocol/clauses';
import { firstBroken, storeOf, valueAt } from '../domain/protocol/clauses';
import { Refused } from '../domain/errors';
import type { Place, Seat } from '../domain/protocol/seat';
import { placeOf } from '../domain/protocol/seat';
import type { Store } from '../domain/topology';
import { Store as S, STORE_LABEL } from '../domain/topology';
import type { Item } from './parse-item';

type Numbers = Record<string, number | string | null>;

const shown = (value: Scalar): number | string | null => (typeof value === 'boolean' ? String(value) : value);

/** What the clause wanted, for the reader of the refusal; a time limit also says how long it is still to go. */
const wanted = (clause: Clause, item: Item): Numbers => {
  const found = valueAt(item, clause.path);
  const [first = null] = clause.values;
  const left =
    clause.op === 'le' && typeof found === 'number' && typeof first === 'number'
      ? { leftSeconds: Math.ceil((found - first) / 1000) }
      : {};
  return { clause: clause.name, wanted: clause.values.map(shown).join(' '), ...left };
};

const placeNumbers = ({ hold, ...place }: Place): Numbers => ({
  ...place,
  ...(hold ? { held: `${hold.how} by ${hold.by}` } : {}),
});

const winner = (seat: Seat, store: Store = S.postgres): Numbers => ({
  epoch: seat.epoch,
  ...placeNumbers(placeOf(seat, store)),
  operation: seat.operation?.kind ?? null,
  operationEpoch: seat.operation?.epoch ?? null,
  phase: seat.operation?.phase ?? null,
  progress: seat.operation?.progress ?? null,
  execution: seat.operation?.execution ?? null,
  drill: seat.drill?.id ?? null,
});

/** Why a change of the seat was refused: the first clause that the winning item breaks. */
export const refusedSeat = (guards: readonly Clause[], item: Item, seat: Seat): Refused => {
  const clause = firstBroken(guards, item);
  if (clause === undefined) {
    return new Refused(
      'conflict',
      'Refused: another change of the seat was under way at the same instant; read the seat again.',
      winner(seat),
    );
  }
  const store = storeOf(clause);
  const numbers = { ...wanted(clause, item), ...winner(seat, store) };
  return new Refused(
    clause.refusal.code,
    `Refused: ${clause.refusal.sentence}. ${situation(seat, store, numbers)}`,
    numbers,
  );
};

const situation = (seat: Seat, store: Store, numbers: Numbers): string => {
  const whose = store === S.postgres ? '' : ` of ${STORE_LABEL[store]}`;
  const left = numbers['leftSeconds'] === undefined ? '' : ` ${numbers['leftSeconds']} s are left.`;
  const running =
    seat.operation === null
      ? 'nothing runs'
      : `a ${seat.operation.kind} from ${seat.operation.from} to ${seat.operation.to} is ${seat.operation.phase} at epoch ${seat.operation.epoch}`;
  return `The seat is at epoch ${seat.epoch}, the writer${whose} is ${placeOf(seat, store).writer}, ${running}.${left}`;
};

export const refusedWithoutSeat = (workload: string): Refused =>
  new Refused(
    'no-seat',
    `Refused: the state table holds no seat for ${workload}; a witness or \`evac status\` creates it once the workload is seen healthy.`,
  );

/** A voter's observation is gone, of another run, or too far on. */
export const refusedEvidence = (guards: readonly Clause[], item: Item | undefined): Refused => {
  const clause = firstBroken(guards, item) ?? guards[0];
  const numbers = {
    clause: clause?.name ?? null,
    foundRun: String(item?.['runId'] ?? null),
    foundRound: item === undefined ? null : Number(item['round']),
  };
  return new Refused('stale-evidence', `Refused: ${clause?.refusal.sentence}.`, numbers);
};

/** The epoch has a decision already: the seat was set back by hand or by a restore of the table (I4). */
export const refusedUsedEpoch = (epoch: number): Refused =>
  new Refused(
    'epoch-used',
    `Refused: epoch ${epoch} was claimed before, so the seat must have been set back; raise it above every epoch the engines have seen.`,
    { epoch },
  );

/** Another loop of the same kind has taken over, or is further on: the caller's loop must end. */
export const refusedRound = (
  whose: string,
  mine: { readonly runId: string; readonly round: number },
  found: Item,
): Refused =>
  new Refused(
    'superseded',
    `Refused: run ${mine.runId} of ${whose} at round ${mine.round} was superseded by run ${String(found['runId'])} at round ${String(found['round'])}; end this loop.`,
    {
      runId: mine.runId,
      round: mine.round,
      foundRun: String(found['runId']),
      foundRound: Number(found['round']),
    },
  );
