import type { Clause } from './clauses';
import { firstBroken } from './clauses';
import type { Seat } from './seat';
import type { SeatEvent, SeatPatch, Transition, SeatEventType } from './transitions';
import { TRANSITIONS } from './transitions';

/** What a store has to do for an event: test the guards on the item, and set the patch if all hold. */
export interface GuardedPatch {
  readonly guards: readonly Clause[];
  readonly patch: SeatPatch;
}

export const guardedPatch = (event: SeatEvent): GuardedPatch => {
  // The table is typed by event; TypeScript cannot follow the correlation through the index.
  const row = TRANSITIONS[event.type] as unknown as Transition<SeatEventType>;
  return { guards: row.guards(event), patch: row.apply(event) };
};

export type Walked = { readonly seat: Seat } | { readonly broken: Clause; readonly seat: Seat };

/** One step of the protocol on an item in memory; a broken guard leaves the seat as it was. */
export const walk = (seat: Seat, event: SeatEvent, nonce: string): Walked => {
  const { guards, patch } = guardedPatch(event);
  const broken = firstBroken(guards, seat);
  return broken === undefined ? { seat: { ...seat, ...patch, nonce } } : { broken, seat };
};
