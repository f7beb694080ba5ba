import type { Seat } from '../protocol/seat';
import { Trigger } from '../protocol/seat';
import type { ZoneId } from '../topology';

/** I11: a claim away from the zone that an unexpired drill declared is the drill's; it starts no cooldown (I6). */
export const triggerFor = (seat: Seat, from: ZoneId, nowMs: number): Trigger =>
  seat.drill !== null && seat.drill.zone === from && nowMs < seat.drill.untilMs
    ? Trigger.drill
    : Trigger.witness;
