import { VerificationFailed } from '../../lib/domain/errors';
import type { ProbeResult } from '../../lib/domain/observation';
import { EngineRole, ProbeState } from '../../lib/domain/observation';
import type { ByStore } from '../../lib/domain/protocol/seat';
import { Store } from '../../lib/domain/topology';
import { pollUntil } from '../shared/poll';
import type { Detail, StepContext, StepDefinition } from '../shared/step';
import { ofEach } from '../shared/store-group';

const POLL_MS = 50;

interface Looked {
  readonly good: boolean;
  readonly seen: string;
}

const isWritable = ({ replication }: ProbeResult): boolean =>
  replication?.role === EngineRole.primary && replication.writable === true;

const storesAsSeen = (probes: ByStore<ProbeResult>): Looked => ({
  good: Object.values(probes).every(isWritable),
  seen: Object.entries(probes)
    .map(([store, probe]) => `${store} ${isWritable(probe) ? 'writable' : 'not writable'}`)
    .join(', '),
});

const frontAsSeen = async ({ ports, operation }: StepContext, timeoutMs: number): Promise<Looked> => {
  const [weights, api] = await Promise.all([
    ports.traffic.current(timeoutMs),
    ports.api.probe(operation.to, timeoutMs),
  ]);
  const weight = weights[operation.to] ?? 0;
  return { good: weight > 0 && api.state === ProbeState.ok, seen: `weight ${weight}, api ${api.state}` };
};

/**
 * The way a client goes: the public weights name the zone, its API answers, its stores take writes. Weights and API go
 * with PostgreSQL.
 */
const act = async (context: StepContext): Promise<Detail> => {
  const { ports, operation, effect } = context;
  const { stores, to } = operation;
  const timeoutMs = ports.topology.policy.probeTimeoutMs * 4;
  let last = 'not asked yet';
  const served = await pollUntil(
    ports.clock,
    { deadlineMs: effect.deadlineMs, everyMs: POLL_MS },
    async () => {
      const [front, probes] = await Promise.all([
        stores.includes(Store.postgres) ? frontAsSeen(context, timeoutMs) : null,
        ofEach(ports, stores, (engine) => engine.probe(to, timeoutMs)),
      ]);
      const looked = [...(front === null ? [] : [front]), storesAsSeen(probes)];
      last = looked.map(({ seen }) => seen).join(', ');
      return looked.every(({ good }) => good) ? { seen: last } : undefined;
    },
  );
  if (served === undefined)
    throw new VerificationFailed(`${to} does not serve after ${effect.deadlineMs} ms: ${last}`);
  return served;
};

export const verifyService: StepDefinition = { name: 'verify-service', deadlineMs: 20_000, act };
