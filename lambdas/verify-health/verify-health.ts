import { DeadlineExceeded } from '../../lib/domain/errors';
import { EngineRole, ProbeState } from '../../lib/domain/observation';
import { pollUntil } from '../shared/poll';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const POLL_MS = 20;

/** Asked from where this Lambda runs: the stores must answer as writer, the API must answer at all. */
const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const timeoutMs = ports.topology.policy.probeTimeoutMs * 4;
  let last = 'not asked yet';
  const healthy = await pollUntil(
    ports.clock,
    { deadlineMs: effect.deadlineMs, everyMs: POLL_MS },
    async () => {
      const [store, api] = await Promise.all([
        ports.postgres.probe(operation.to, timeoutMs),
        ports.api.probe(operation.to, timeoutMs),
      ]);
      last = `postgres ${store.state} as ${store.replication?.role ?? 'unknown'}, api ${api.state}`;
      const isWriter = store.replication?.role === EngineRole.primary;
      return store.state === ProbeState.ok && isWriter && api.state === ProbeState.ok
        ? { seen: last }
        : undefined;
    },
  );
  if (healthy === undefined)
    throw new DeadlineExceeded(
      `${operation.to} is not healthy as writer after ${effect.deadlineMs} ms: ${last}`,
    );
  return healthy;
};

export const verifyHealth: StepDefinition = { name: 'verify-health', deadlineMs: 12_000, act };
