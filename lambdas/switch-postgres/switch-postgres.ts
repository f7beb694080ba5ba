import { Phase } from '../../lib/domain/protocol/seat';
import { readOperation } from '../shared/seat-access';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  await ports.postgres.ensureWriterIn(operation.to, effect);
  const { operation: seen } = await readOperation(ports, operation.epoch);
  const nowMs = await ports.store.nowMs();
  if (seen.phase === Phase.switching)
    await ports.store.apply({ type: 'switch-writer', epoch: operation.epoch, seen, nowMs });
  return { writer: operation.to };
};

/** §3b.2: the promotion is done only once "writer = target, eligible = none" is committed. */
export const switchPostgres: StepDefinition = {
  name: 'switch-postgres',
  deadlineMs: 50_000,
  phase: { from: [Phase.fenced, Phase.switching], to: Phase.switching },
  act,
};
