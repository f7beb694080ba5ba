import { DeadlineExceeded } from '../../lib/domain/errors';
import type { Operation } from '../../lib/domain/protocol/seat';
import { dataZones, Store } from '../../lib/domain/topology';
import type { Weights } from '../../lib/ports/traffic';
import type { Ports } from '../shared/ports';
import { readSeat, requireHeld } from '../shared/seat-access';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

/** A shift changes and reads back, each within its time-out; it may have to be put right once. */
const CALLS = 4;

/** Weights in percent. */
export const allTo = (zones: readonly string[], target: string): Weights =>
  Object.fromEntries(zones.map((zone) => [zone, zone === target ? 100 : 0]));

const STAYS = 'the traffic stays with PostgreSQL, which does not move';

const differs = (wanted: Weights, found: Weights): boolean =>
  Object.entries(wanted).some(([zone, weight]) => found[zone] !== weight);

/**
 * A shift that arrived after its operation had ended is put right: the traffic follows the seat, not the last call. A seat
 * older than the operation was restored from a backup: nothing is learnt from it.
 */
const requireStillOurs = async (ports: Ports, operation: Operation, timeoutMs: number): Promise<void> => {
  const seat = await readSeat(ports);
  if (seat.epoch >= operation.epoch && seat.writer !== operation.to)
    await ports.traffic.shift(allTo(dataZones(ports.topology), seat.writer), timeoutMs);
  requireHeld(seat, operation.epoch);
};

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  if (!operation.stores.includes(Store.postgres)) return { weights: null, why: STAYS };
  const wanted = allTo(dataZones(ports.topology), operation.to);
  const timeoutMs = effect.deadlineMs / CALLS;
  // The switch cannot judge epochs itself, so the seat is read right before (by the frame) and after.
  const found = await ports.traffic.shift(wanted, timeoutMs);
  await requireStillOurs(ports, operation, timeoutMs);
  if (differs(wanted, found))
    throw new DeadlineExceeded(`traffic reads ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  return { weights: found };
};

export const shiftTraffic: StepDefinition = { name: 'shift-traffic', deadlineMs: 20_000, act };
