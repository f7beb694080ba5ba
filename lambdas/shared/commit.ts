import type { Operation, OutcomeResult } from '../../lib/domain/protocol/seat';
import { OperationKind, Trigger } from '../../lib/domain/protocol/seat';
import type { Ports } from './ports';
import { readOperation, readSeat } from './seat-access';

/** I6 and §3b.17: only a completed failover starts the cooldown; one that a drill provoked, or a rollback, does not. */
const startsCooldown = (operation: Operation): boolean =>
  operation.kind === OperationKind.failover && operation.trigger !== Trigger.drill;

/** Ends an operation and frees the seat. A second delivery finds its own outcome and is done. */
export const commit = async (
  ports: Pick<Ports, 'store' | 'topology'>,
  epoch: number,
  result: OutcomeResult,
  why?: string,
): Promise<void> => {
  const found = await readSeat(ports);
  if (found.operation === null && found.lastOutcome?.epoch === epoch) return;
  const { seat: seen, operation } = await readOperation(ports, epoch);
  const { kind, stores, from, to } = operation;
  const atMs = await ports.store.nowMs();
  const cooldownUntilMs = startsCooldown(operation) ? atMs + ports.topology.policy.cooldownMs : null;
  const outcome = { epoch, kind, stores, result, from, to, reason: why ?? operation.reason, atMs };
  await ports.store.apply({ type: 'commit', epoch, seen, outcome, cooldownUntilMs });
};
