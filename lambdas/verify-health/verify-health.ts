import { DeadlineExceeded } from '../../lib/domain/errors';
import type { ProbeResult } from '../../lib/domain/observation';
import { EngineRole, ProbeState } from '../../lib/domain/observation';
import { Store } from '../../lib/domain/topology';
import { pollUntil } from '../shared/poll';
import type { Detail, StepContext, StepDefinition } from '../shared/step';
import { ofEach } from '../shared/store-group';

const POLL_MS = 20;

const OK = { state: ProbeState.ok };

const isWriter = ({ state, replication }: ProbeResult): boolean =>
  state === ProbeState.ok && replication?.role === EngineRole.primary;

const asWriter = ([store, { state, replication }]: [string, ProbeResult]): string =>
  `${store} ${state} as ${replication?.role ?? 'unknown'}`;

/** Asked from where this Lambda runs: the stores must answer as writer, the API must answer at all. */
const act = async ({ ports, operation, effect }: StepContext): Promise<Detail> => {
  const { stores, to } = operation;
  const timeoutMs = ports.topology.policy.probeTimeoutMs * 4;
  let last = 'not asked yet';
  const healthy = await pollUntil(
    ports.clock,
    { deadlineMs: effect.deadlineMs, everyMs: POLL_MS },
    async () => {
      const [seen, api] = await Promise.all([
        ofEach(ports, stores, (engine) => engine.probe(to, timeoutMs)),
        stores.includes(Store.postgres) ? ports.api.probe(to, timeoutMs) : null,
      ]);
      last = [...Object.entries(seen).map(asWriter), ...(api === null ? [] : [`api ${api.state}`])].join(
        ', ',
      );
      const isWell = Object.values(seen).every(isWriter) && (api ?? OK).state === ProbeState.ok;
      return isWell ? { seen: last } : undefined;
    },
  );
  if (healthy === undefined)
    throw new DeadlineExceeded(
      `${operation.to} is not healthy as writer after ${effect.deadlineMs} ms: ${last}`,
    );
  return healthy;
};

export const verifyHealth: StepDefinition = { name: 'verify-health', deadlineMs: 12_000, act };
