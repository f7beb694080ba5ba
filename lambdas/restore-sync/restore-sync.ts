import { OutcomeResult } from '../../lib/domain/protocol/seat';
import type { OperationRef } from '../../lib/contract/payload';
import type { Ports } from '../shared/ports';
import type { Detail, StepContext } from '../shared/step';
import { readOperation } from '../shared/seat-access';
import { runStep } from '../shared/step';
import { ofEach } from '../shared/store-group';

const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const { stores, from, to } = operation;
  await ofEach(ports, stores, (engine) => engine.ensureSynchronous(from, to, effect));
  return { stores, writer: from, standby: to };
};

/** §3b.3: "eligible" is committed only after the gate was seen to hold and the standby has flushed past it. */
export const restoreSync = async (
  input: { readonly operation: OperationRef },
  ports: Ports,
): Promise<{ readonly eligible: string }> => {
  await runStep({ name: 'restore-sync', deadlineMs: 25_000, act }, input, ports);
  const { seat: seen, operation } = await readOperation(ports, input.operation.epoch);
  const { epoch, kind, stores, from, to } = operation;
  const atMs = await ports.store.nowMs();
  const reason = `${to} follows ${from} and was seen to be synchronous`;
  const outcome = { epoch, kind, stores, result: OutcomeResult.completed, from, to, reason, atMs };
  await ports.store.apply({ type: 'commit-rejoin', epoch, seen, standby: to, outcome });
  return { eligible: to };
};
