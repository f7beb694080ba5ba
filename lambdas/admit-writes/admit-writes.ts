import { Phase } from '../../lib/domain/protocol/seat';
import { readOperation } from '../shared/seat-access';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const { operation: seen } = await readOperation(ports, operation.epoch);
  if (seen.phase === Phase.switched)
    await ports.store.apply({ type: 'admit', epoch: seen.epoch, seen, nowMs: await ports.store.nowMs() });
  await ports.postgres.admitWrites(operation.to, effect);
  return { admitted: operation.to };
};

/** I7: the point of no return is committed before the first write can be acknowledged in the new zone. */
export const admitWrites: StepDefinition = { name: 'admit-writes', deadlineMs: 15_000, act };
