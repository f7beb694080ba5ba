import { DamagedState, Refused, StaleEpoch } from '../../lib/domain/errors';
import type { HeldSeat, Operation, Phase, Seat } from '../../lib/domain/protocol/seat';
import type { SeatEvent } from '../../lib/domain/protocol/transitions';
import type { Ports } from './ports';

export const readSeat = async (ports: Pick<Ports, 'store' | 'topology'>): Promise<Seat> => {
  const seat = await ports.store.readSeat();
  if (seat === null)
    throw new DamagedState(
      `there is no seat item for workload ${ports.topology.workload}; the region witness creates it in its first round: ` +
        'check that its schedule runs, then try again',
    );
  return seat;
};

export interface Held {
  readonly seat: HeldSeat;
  readonly operation: Operation;
}

/** The seat and the operation at this epoch, or `StaleEpoch`: a late step never acts for an operation that is gone. */
export const requireHeld = (seat: Seat, epoch: number): Held => {
  if (seat.operation?.epoch !== epoch)
    throw new StaleEpoch(
      `the operation of epoch ${epoch} no longer holds the seat (epoch ${seat.epoch}); nothing was done`,
    );
  const { operation } = seat;
  return { seat: { ...seat, operation }, operation };
};

/** @throws StaleEpoch */
export const readOperation = async (ports: Pick<Ports, 'store' | 'topology'>, epoch: number): Promise<Held> =>
  requireHeld(await readSeat(ports), epoch);

const RACES = 5;

/** An event of the operation that holds the seat; one that lost the race for the progress number reads again. */
export const applyToHeld = async (
  ports: Pick<Ports, 'store' | 'topology'>,
  epoch: number,
  eventOf: (seen: Operation, nowMs: number) => SeatEvent,
): Promise<Held> => {
  for (let attempt = 1; ; attempt += 1) {
    const { operation } = await readOperation(ports, epoch);
    const nowMs = await ports.store.nowMs();
    try {
      return requireHeld(await ports.store.apply(eventOf(operation, nowMs)), epoch);
    } catch (cause) {
      const raced = cause instanceof Refused && cause.code === 'moved-on' && attempt < RACES;
      if (!raced) throw cause;
    }
  }
};

/** Journals a phase before the step acts. A second delivery of the same step finds its phase and goes on. */
export const enterPhase = (
  ports: Pick<Ports, 'store' | 'topology'>,
  epoch: number,
  phases: { readonly from: readonly Phase[]; readonly to: Phase },
): Promise<Held> =>
  applyToHeld(ports, epoch, (seen, nowMs) => ({ type: 'advance', epoch, ...phases, seen, nowMs }));
