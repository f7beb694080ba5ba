import { DeadlineExceeded } from '../../lib/domain/errors';
import { dataZones } from '../../lib/domain/topology';
import type { Weights } from '../../lib/ports/traffic';
import { readOperation } from '../shared/seat-access';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const allTo = (zones: readonly string[], target: string): Weights =>
  Object.fromEntries(zones.map((zone) => [zone, zone === target ? 100 : 0]));

const differs = (wanted: Weights, found: Weights): boolean =>
  Object.entries(wanted).some(([zone, weight]) => found[zone] !== weight);

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const wanted = allTo(dataZones(ports.topology), operation.to);
  // The switch cannot judge epochs itself, so the seat is read right before (§3, "a stale effect is refused").
  await readOperation(ports, operation.epoch);
  const found = await ports.traffic.shift(wanted, effect.deadlineMs / 2);
  if (differs(wanted, found))
    throw new DeadlineExceeded(`traffic reads ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  return { weights: found };
};

export const shiftTraffic: StepDefinition = { name: 'shift-traffic', deadlineMs: 20_000, act };
