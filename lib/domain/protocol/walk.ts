import type { Clause } from './clauses';
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
