import * as z from 'zod';
import type { Seat } from '../domain/protocol/seat';
import {
  HoldKind,
  OperationKind,
  OperationMode,
  OutcomeResult,
  Phase,
  placeOf,
  Trigger,
} from '../domain/protocol/seat';
import type { ZoneId } from '../domain/topology';
import { Store } from '../domain/topology';
import type { Item } from './parse-item';
import { damaged, parseItem } from './parse-item';

const epoch = z.int().nonnegative();
const timeMs = z.number().nonnegative();
const zone = z.string().min(1);

const store = z.enum(Store);
const sideStore = store.exclude(['postgres']);

/** Also of a request on record. */
export const holdSchema = z.object({
  how: z.enum(HoldKind),
  by: z.string(),
  reason: z.string(),
  sinceMs: timeMs,
  request: z.string().min(1),
});

const operation = z.object({
  kind: z.enum(OperationKind),
  epoch,
  stores: z.array(store).min(1),
  from: zone,
  to: zone,
  mode: z.enum(OperationMode),
  trigger: z.enum(Trigger),
  reason: z.string(),
  phase: z.enum(Phase),
  progress: z.int().nonnegative(),
  claimedAtMs: timeMs,
  progressAtMs: timeMs,
  acceptLossSeconds: z.number().nonnegative().nullable(),
  eligibleBefore: z.partialRecord(store, zone.nullable()),
  rebuild: z.object({ keep: z.boolean() }).optional(),
  breach: z.object({ reason: z.string(), traffic: z.enum(['back', 'hold']) }).optional(),
  hold: holdSchema.optional(),
  anew: z.boolean().optional(),
  execution: z.string().min(1),
});

const outcome = z.object({
  epoch,
  kind: z.enum(OperationKind),
  stores: z.array(store).min(1),
  result: z.enum(OutcomeResult),
  from: zone,
  to: zone,
  reason: z.string(),
  atMs: timeMs,
});

const place = {
  writer: zone,
  eligible: zone.nullable(),
  cooldownUntilMs: timeMs,
  hold: holdSchema.nullish(),
};

export const seatSchema: z.ZodType<Seat> = z.object({
  workload: z.string().min(1),
  epoch,
  ...place,
  beside: z.partialRecord(sideStore, z.object(place)),
  operation: operation.nullable(),
  traffic: z.record(zone, z.number().min(0).max(100)).nullish(),
  balancedAtMs: timeMs.nullish(),
  lastOutcome: outcome.nullable(),
  drill: z.object({ id: z.string().min(1), zone, untilMs: timeMs }).nullable(),
  nonce: z.string().min(1),
});

/** What a seat must fit, beyond its shape. */
export interface SeatFrame {
  readonly workload: string;
  /** The zones that may hold data; absent = any. */
  readonly dataZones?: readonly ZoneId[];
}

/** @throws DamagedState when the item is not a seat, or says what the protocol can never have written. */
export const seatOf = (item: Item, frame: SeatFrame): Seat => {
  const seat = parseItem(seatSchema, item);
  const findings = contradictions(seat, frame);
  if (findings.length > 0) throw damaged(item, findings);
  return seat;
};

const contradictions = (seat: Seat, frame: SeatFrame): readonly string[] => {
  const { workload } = frame;
  const stores = [Store.postgres, ...(Object.keys(seat.beside) as Store[])];
  return [
    seat.workload === workload ? null : `at workload: "${seat.workload}" found, "${workload}" expected`,
    ...stores.flatMap((each) => contradictionsIn(seat, each, frame)),
    seat.operation !== null && seat.operation.epoch > seat.epoch
      ? `at operation.epoch: ${seat.operation.epoch} found, beyond the seat's epoch ${seat.epoch}`
      : null,
  ].filter((finding) => finding !== null);
};

const contradictionsIn = (seat: Seat, of: Store, { dataZones }: SeatFrame): readonly (string | null)[] => {
  const { writer, eligible, hold } = placeOf(seat, of);
  const path = of === Store.postgres ? '' : `beside.${of}.`;
  const unknownZone = (zoneId: ZoneId | null): boolean =>
    zoneId !== null && dataZones !== undefined && !dataZones.includes(zoneId);
  const allowed = `one of ${dataZones?.join(', ')}`;
  return [
    unknownZone(writer) ? `at ${path}writer: "${writer}" found, ${allowed} expected` : null,
    unknownZone(eligible) ? `at ${path}eligible: "${eligible}" found, ${allowed} or null expected` : null,
    eligible !== null && hold
      ? `at ${path}hold: ${hold.how} by ${hold.by}, and yet ${eligible} is eligible`
      : null,
    eligible === writer ? `at ${path}eligible: the writer ${writer} cannot be its own standby` : null,
  ];
};
