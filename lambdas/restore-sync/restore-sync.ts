import { OutcomeResult } from '../../lib/domain/protocol/seat';
import type { OperationRef } from '../../lib/contract/payload';
import type { Ports } from '../shared/ports';
import type { Detail, StepContext } from '../shared/step';
import { runStep } from '../shared/step';

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  await ports.postgres.ensureSynchronous(operation.from, operation.to, effect);
  return { writer: operation.from, standby: operation.to };
};

/** §3b.3: "eligible" is committed only after the gate was seen to hold and the standby has flushed past it. */
export const restoreSync = async (
  input: { readonly operation: OperationRef },
  ports: Ports,
): Promise<{ readonly eligible: string }> => {
  await runStep({ name: 'restore-sync', deadlineMs: 25_000, act }, input, ports);
  const { epoch, kind, from, to } = input.operation;
  const atMs = await ports.store.nowMs();
  const reason = `${to} follows ${from} and was seen to be synchronous`;
  const outcome = { epoch, kind, result: OutcomeResult.completed, from, to, reason, atMs };
  await ports.store.apply({ type: 'commit-rejoin', epoch, standby: to, outcome });
  return { eligible: to };
};
