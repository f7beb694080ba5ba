import { Phase } from '../../lib/domain/protocol/seat';
import type { Detail, StepContext, StepDefinition } from '../shared/step';
import { ofEach } from '../shared/store-group';

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  if (operation.phase === Phase.switched) {
    const nowMs = await ports.store.nowMs();
    await ports.store.apply({ type: 'admit', epoch: operation.epoch, seen: operation, nowMs });
  }
  await ofEach(ports, operation.stores, (engine) => engine.admitWrites(operation.to, effect));
  return { admitted: operation.to };
};

/** I7: the point of no return is committed before the first write can be acknowledged in the new zone. */
export const admitWrites: StepDefinition = { name: 'admit-writes', deadlineMs: 15_000, act };
