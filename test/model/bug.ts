import type { Operation, Seat } from '../../lib/domain/protocol/seat';
import type { SeatEvent, SeatEventType, SeatPatch } from '../../lib/domain/protocol/transitions';
import { guardedPatch } from '../../lib/domain/protocol/walk';
import type { Answer, Call } from './calls';
import { isError, told } from './calls';
import type { Flaw, Rules } from './rules';
import { seatIdOf } from './seats';
import type { Space } from './space';
import type { DataZone } from './world';

/** A rule of the protocol left out or turned round: the checker must find what comes of it. */
export interface Bug {
  readonly id: string;
  /** Of the design: §3b's number, or an invariant. */
  readonly rule: string;
  readonly about: string;
  readonly rules: Partial<Rules>;
  readonly space: Space;
}

type SpaceOptions = Partial<Omit<Space, 'name'>>;

/** The small space in which a bug is looked for, and in which the shipped protocol breaks nothing. */
export const spaceFor = (name: string, options: SpaceOptions): Space => ({
  name,
  about: 'the space of a seeded bug',
  budget: {},
  faults: [],
  people: [],
  ...options,
});

export const forgetting = (...flaws: readonly Flaw[]): Partial<Rules> => ({ flaws: new Set(flaws) });

type SeatRow = Rules['seatRow'];

/** Without one guard of one row of the protocol. */
export const without = (type: SeatEventType, ...names: readonly string[]): SeatRow => {
  return (event) => {
    const { guards, patch } = guardedPatch(event);
    if (event.type !== type) return { guards, patch };
    return { guards: guards.filter(({ name }) => !names.includes(name)), patch };
  };
};

/** With other fields set by some rows. */
export const setting =
  (change: (event: SeatEvent, patch: SeatPatch) => SeatPatch): SeatRow =>
  (event) => {
    const { guards, patch } = guardedPatch(event);
    return { guards, patch: change(event, patch) };
  };

interface Situation {
  readonly seat: Seat;
}

/** Whoever reads the seat sees another one. */
export const misread =
  (change: (seat: Seat) => Seat, ...calls: readonly string[]): Rules['tell'] =>
  (call: Call, answer: Answer): Answer => {
    if (!calls.includes(call.name) || isError(answer)) return answer;
    if (call.name === 'store.readSeat') {
      const seat = change(answer.value as Seat);
      return told(`seat ${seatIdOf(seat)}`, seat);
    }
    const situation = answer.value as Situation;
    const seat = change(situation.seat);
    return told(`${answer.key} as ${seatIdOf(seat)}`, { ...situation, seat });
  };

export const readAs =
  (from: Operation['phase'], to: Operation['phase']) =>
  (seat: Seat): Seat =>
    seat.operation?.phase === from ? { ...seat, operation: { ...seat.operation, phase: to } } : seat;

/** Whoever looks at the zone's PostgreSQL takes it for well. */
export const believedWell =
  (zone: DataZone): Rules['tell'] =>
  (call, answer) =>
    call.name === 'postgres.probe' && call.args[0] === zone
      ? told('probe believed', { state: 'ok', reason: null, latencyMs: 1 })
      : answer;
