import type { ByStore, Place, Seat } from '../../domain/protocol/seat';
import { eachStore, placeOf } from '../../domain/protocol/seat';
import type { Topology, ZoneId } from '../../domain/topology';
import { limitSecondsOf } from '../../domain/decision/loss-bound';
import { isAsynchronous, storesOf } from '../../domain/topology';

/** Whether it holds for the place of every store. */
export const everyPlace = (topology: Topology, seat: Seat, holds: (place: Place) => boolean): boolean =>
  storesOf(topology).every((store) => holds(placeOf(seat, store)));

/** Where the seat says that each store writes; `home` when it could not be read. */
export const writersOf = (topology: Topology, seat: Seat | null, home: ZoneId): ByStore<ZoneId> =>
  eachStore(storesOf(topology), (store) => (seat === null ? home : placeOf(seat, store).writer));

/** Of the stores that acknowledge alone: how old what they lack may be, seconds. */
export const lossLimitsOf = (topology: Topology): ByStore<number> =>
  eachStore(storesOf(topology).filter(isAsynchronous), (store) => limitSecondsOf(topology, store));
