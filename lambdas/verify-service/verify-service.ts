import { VerificationFailed } from '../../lib/domain/errors';
import { EngineRole, ProbeState } from '../../lib/domain/observation';
import { pollUntil } from '../shared/poll';
import type { Detail, StepContext, StepDefinition } from '../shared/step';

const POLL_MS = 50;

/** The way a client goes: the public weights name the zone, its API answers, its store takes writes. */
const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const timeoutMs = ports.topology.policy.probeTimeoutMs * 4;
  let last = 'not asked yet';
  const served = await pollUntil(
    ports.clock,
    { deadlineMs: effect.deadlineMs, everyMs: POLL_MS },
    async () => {
      const [weights, api, store] = await Promise.all([
        ports.traffic.current(timeoutMs),
        ports.api.probe(operation.to, timeoutMs),
        ports.postgres.probe(operation.to, timeoutMs),
      ]);
      const writable = store.replication?.role === EngineRole.primary && store.replication.writable === true;
      last = `weight ${weights[operation.to] ?? 0}, api ${api.state}, postgres ${writable ? 'writable' : 'not writable'}`;
      const good = (weights[operation.to] ?? 0) > 0 && api.state === ProbeState.ok && writable;
      return good ? { seen: last } : undefined;
    },
  );
  if (served === undefined)
    throw new VerificationFailed(`${operation.to} does not serve after ${effect.deadlineMs} ms: ${last}`);
  return served;
};

export const verifyService: StepDefinition = { name: 'verify-service', deadlineMs: 20_000, act };
