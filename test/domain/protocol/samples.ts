import type { Clause } from '../../../lib/domain/protocol/clauses';
import type { HeldSeat, Operation, Place, Seat } from '../../../lib/domain/protocol/seat';
import { movedPlaces, Phase, placeOf } from '../../../lib/domain/protocol/seat';
import type { SeatEvent, SeatEventType } from '../../../lib/domain/protocol/transitions';
import { Store } from '../../../lib/domain/topology';
import { claimOf, failoverAt, NOW_MS, seatAt } from '../../state/seats';

/** An event, and a seat on which all its guards hold. */
export interface Sample {
  /** When a row's guards depend on the event: which one this is. */
  readonly when: string;
  readonly event: SeatEvent;
  readonly seat: Seat;
}

const idle = seatAt();
const BOTH = ['postgres', 'redis'] as const;
const withRedis = (changes: Partial<Seat> = {}): Seat =>
  seatAt({ beside: { redis: { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 } }, ...changes });
const held = (changes: Partial<Operation> = {}): Seat => seatAt({ operation: failoverAt(3, changes) });
const operationOf = (seat: Seat): Operation => seat.operation ?? failoverAt(seat.epoch);

const away = { writer: 'az-a', eligible: null, cooldownUntilMs: 0 };
const hold = { how: 'paused', by: 'ana', reason: 'r', sinceMs: NOW_MS, request: 'orders-s-1' } as const;

const claim = (
  when: string,
  seat: Seat,
  changes: Partial<Operation> = {},
  overrideCooldown = false,
): Sample => ({
  when,
  seat,
  event: { ...claimOf(seat, changes), overrideCooldown },
});

const outcomeOf = ({ epoch, kind, stores, from, to }: Operation) =>
  ({ epoch, kind, stores, result: 'completed', from, to, reason: 'r', atMs: NOW_MS }) as const;

const onHeld = (
  phase: Phase,
  make: (seen: Operation, seat: HeldSeat) => SeatEvent,
  { when = '', ...changes }: Partial<Operation> & { readonly when?: string } = {},
): Sample => {
  const seat = held({ phase, progress: 2, ...changes });
  const operation = operationOf(seat);
  return { when, seat, event: make(operation, { ...seat, operation }) };
};

const nowMs = NOW_MS;

const reseat = (when: string, seat: Seat): Sample => ({
  when,
  seat,
  event: { type: 'reseat', seen: seat, enginesEpoch: 9, writers: { postgres: 'az-b' } },
});

/** Every row of the protocol, once for each set of guards that it has. */
export const SAMPLES: { readonly [T in SeatEventType]: readonly Sample[] } = {
  claim: [
    claim('failover or rollback', idle),
    claim('the same, cooldown overridden', idle, {}, true),
    claim('the same, with a recorded waiver', seatAt({ eligible: null }), {
      acceptLossSeconds: 5,
      eligibleBefore: { postgres: null },
    }),
    claim('degrade', idle, { kind: 'degrade' }),
    claim('degrade, with nobody eligible', seatAt({ eligible: null }), { kind: 'degrade' }),
    claim('rejoin', seatAt({ eligible: null }), { kind: 'rejoin' }),
    claim('rejoin that makes the standby anew', idle, { kind: 'rejoin', rebuild: { keep: true } }),
    claim('rejoin, from nothing', seatAt({ eligible: null, hold }), { kind: 'rejoin', anew: true }),
    claim('degrade, kept away by a person', idle, { kind: 'degrade', hold }),
    claim('failover or rollback, of two stores', withRedis(), { stores: BOTH }),
    claim('degrade, of the other store', withRedis(), { kind: 'degrade', stores: ['redis'] }),
  ],
  'begin-drill': [
    {
      when: '',
      seat: idle,
      event: { type: 'begin-drill', drill: { id: 'd1', zone: 'az-a', untilMs: nowMs } },
    },
  ],
  'end-drill': [
    {
      when: '',
      seat: seatAt({ drill: { id: 'd1', zone: 'az-a', untilMs: nowMs } }),
      event: { type: 'end-drill', drillId: 'd1' },
    },
  ],
  advance: [
    onHeld(Phase.prepared, (seen) => {
      const from = [Phase.prepared, Phase.fenced];
      return { type: 'advance', epoch: seen.epoch, from, to: Phase.fenced, seen, nowMs };
    }),
  ],
  'switch-writer': [
    onHeld(Phase.switching, ({ epoch }, seen) => ({
      type: 'switch-writer',
      epoch,
      seen,
      stores: ['postgres'],
      nowMs,
    })),
  ],
  'balance-traffic': [
    {
      when: '',
      seat: seatAt({ traffic: { 'az-b': 100 } }),
      event: {
        type: 'balance-traffic',
        seen: seatAt({ traffic: { 'az-b': 100 } }),
        traffic: { 'az-a': 50, 'az-b': 50 },
        nowMs: 5,
      },
    },
  ],
  'follow-traffic': [
    {
      when: '',
      seat: seatAt({ traffic: { 'az-b': 100 } }),
      event: { type: 'follow-traffic', seen: seatAt({ traffic: { 'az-b': 100 } }) },
    },
  ],
  'end-hold': [
    {
      when: '',
      seat: seatAt({ eligible: null, hold }),
      event: {
        type: 'end-hold',
        seen: seatAt({ eligible: null, hold }),
        store: 'postgres',
        request: 'orders-s-1',
      },
    },
    {
      when: 'of the other store',
      seat: withRedis({ beside: { redis: { ...away, hold } } }),
      event: {
        type: 'end-hold',
        seen: withRedis({ beside: { redis: { ...away, hold } } }),
        store: 'redis',
        request: 'orders-s-1',
      },
    },
  ],
  breach: [
    onHeld(Phase.admitted, (seen) => ({
      type: 'breach',
      epoch: seen.epoch,
      seen,
      breach: { reason: 'r', traffic: 'back' },
      nowMs,
    })),
  ],
  admit: [onHeld(Phase.switched, (seen) => ({ type: 'admit', epoch: seen.epoch, seen, nowMs }))],
  'take-over': [onHeld(Phase.fenced, (seen) => ({ type: 'take-over', seen, phase: Phase.undoing, nowMs }))],
  'give-up-standby': [
    onHeld(Phase.undoing, ({ epoch }, seen) => ({ type: 'give-up-standby', epoch, seen, nowMs })),
  ],
  commit: [
    onHeld(
      Phase.admitted,
      ({ epoch }, seen) => {
        const outcome = outcomeOf(seen.operation);
        return { type: 'commit', epoch, seen, outcome, cooldownUntilMs: nowMs };
      },
      { when: 'failover or rollback' },
    ),
    onHeld(
      Phase.claimed,
      ({ epoch }, seen) => {
        const outcome = outcomeOf(seen.operation);
        return { type: 'commit', epoch, seen, outcome, cooldownUntilMs: null };
      },
      { when: 'degrade', kind: 'degrade' },
    ),
  ],
  'commit-rejoin': [
    onHeld(
      Phase.prepared,
      (operation, seen) => {
        const { epoch, to } = operation;
        return { type: 'commit-rejoin', epoch, seen, standby: to, outcome: outcomeOf(operation) };
      },
      { kind: 'rejoin' },
    ),
  ],
  release: [
    onHeld(Phase.claimed, (operation, seen) => ({
      type: 'release',
      epoch: operation.epoch,
      from: [Phase.claimed, Phase.prepared],
      seen,
      eligible: { postgres: 'az-b' },
      outcome: outcomeOf(operation),
    })),
  ],
  reseat: [
    reseat('a seat that nobody holds', idle),
    reseat('a held seat', held({ phase: Phase.switching, progress: 2 })),
  ],
  'add-store': [
    { when: '', seat: idle, event: { type: 'add-store', seen: idle, store: 'redis', other: 'az-b' } },
  ],
};

export const ALL_SAMPLES: readonly Sample[] = Object.values(SAMPLES).flat();

const other = (zone: string | null): string => (zone === 'az-a' ? 'az-b' : 'az-a');
const moved = (seat: Seat, changes: Partial<Operation>): Seat => ({
  ...seat,
  operation: { ...operationOf(seat), ...changes },
});

const placedBy = (seat: Seat, { path }: Clause, change: (place: Place) => Partial<Place>): Seat => {
  const store = path.startsWith('beside.redis.') ? Store.redis : Store.postgres;
  return { ...seat, ...movedPlaces(seat, { [store]: change(placeOf(seat, store)) }) };
};

const BREAKS: Readonly<Record<string, (seat: Seat, clause: Clause) => Seat>> = {
  epochIs: (seat) => ({ ...seat, epoch: seat.epoch + 1 }),
  seatIsFree: (seat) => ({ ...seat, operation: failoverAt(seat.epoch) }),
  writerIs: (seat, clause) => placedBy(seat, clause, ({ writer }) => ({ writer: other(writer) })),
  writerIsNot: (seat, clause) => placedBy(seat, clause, () => ({ writer: String(clause.values[0]) })),
  eligibleIs: (seat, clause) =>
    placedBy(seat, clause, ({ eligible }) => ({ eligible: eligible === null ? 'az-b' : null })),
  notHeld: (seat, clause) => placedBy(seat, clause, () => ({ hold })),
  isHeldBy: (seat, clause) => placedBy(seat, clause, () => ({ hold: { ...hold, request: 'orders-s-2' } })),
  cooldownOver: (seat) => ({ ...seat, cooldownUntilMs: NOW_MS + 1 }),
  operationIs: (seat) => moved(seat, { epoch: operationOf(seat).epoch + 1 }),
  phaseIn: (seat, { values }) =>
    moved(seat, { phase: Object.values(Phase).find((phase) => !values.includes(phase)) ?? Phase.undoing }),
  progressIs: (seat) => moved(seat, { progress: operationOf(seat).progress + 1 }),
  noDrill: (seat) => ({ ...seat, drill: { id: 'd0', zone: 'az-b', untilMs: NOW_MS } }),
  drillIs: (seat) => ({ ...seat, drill: { id: 'd2', zone: 'az-a', untilMs: NOW_MS } }),
};

/** The seat, changed so that this clause does not hold on it. */
export const broken = (seat: Seat, clause: Clause): Seat => {
  const change = BREAKS[clause.name];
  if (change === undefined) throw new Error(`nobody has said yet how ${clause.name} is broken`);
  return change(seat, clause);
};
