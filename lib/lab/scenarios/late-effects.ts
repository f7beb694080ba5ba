import { functionName } from '../../contract/names';
import type { Operation } from '../../domain/protocol/seat';
import type { ZoneId } from '../../domain/topology';
import { postgresOf } from '../../domain/topology';
import { createHostAgentControl } from '../../engines/host-agent/host-agent-control';
import { createPostgresStreaming } from '../../engines/postgres/streaming/postgres-streaming';
import { invoke } from '../deploy/invoke';
import { requireLocalEndpoint } from '../deploy/local-endpoint';
import { localAccess } from '../drill/local-database';
import { orProblem } from '../drill/or-problem';
import type { Lab } from '../lab';
import { unless } from './expectations';
import type { Row } from './scenario';

const TIMEOUT_MS = 10_000;

/** What a Lambda wrote since then, as CloudWatch Logs has it: all of a call comes with its end. */
export const logSince = async (lab: Lab, name: string, sinceMs: number): Promise<readonly string[]> => {
  const logGroupName = `/aws/lambda/${functionName(lab.options.topology.workload, name)}`;
  const answer = await fetch(requireLocalEndpoint(lab.file()?.endpoint), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
    },
    body: JSON.stringify({ logGroupName, startTime: Math.floor(sinceMs) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { events = [] } = (await answer.json()) as { events?: readonly { readonly message: string }[] };
  return events.map(({ message }) => message);
};

/** Asks a zone's server to promote, past every Lambda, over its own socket. */
const promoteIn = (lab: Lab, zone: ZoneId, epoch: number): Promise<void> => {
  const { host, port, user, password, database } = localAccess(lab, zone);
  const component = { endpoints: { [zone]: { host, port } }, database, user };
  const agents = createHostAgentControl(postgresOf(lab.options.topology)?.hosts ?? {});
  const engine = createPostgresStreaming({ component, password: async () => password }, agents);
  return engine.ensureWriterIn(zone, { epoch, deadlineMs: TIMEOUT_MS });
};

/** What a late promotion was told; null: it went through. */
export interface LateAnswers {
  /** The step as it is delivered once more: the seat refuses it. */
  readonly step: string | null;
  /** What the step would ask next, had it read the seat in time: the server refuses it. */
  readonly server: string | null;
}

const problemOf = async (act: () => Promise<void>): Promise<string | null> => {
  const problems: string[] = [];
  await orProblem(problems, act);
  return problems[0] ?? null;
};

/** The promotion of an operation that is gone, once more: through its Lambda, and at the server itself. */
export const promoteLate = async (row: Row, { epoch, kind, from, to }: Operation): Promise<LateAnswers> => {
  const { lab } = row;
  const { topology } = lab.options;
  const options = { endpoint: lab.file()?.endpoint, topology, timeoutMs: TIMEOUT_MS };
  const name = functionName(topology.workload, 'switch-postgres');
  const payload = { operation: { epoch, kind, from, to } };
  return {
    step: await problemOf(() => invoke(options, name, 'RequestResponse', payload)),
    server: await problemOf(() => promoteIn(lab, to, epoch)),
  };
};

export const refusedLate = ({ step, server }: LateAnswers): readonly string[] => [
  ...unless(
    step !== null && step.includes('StaleEpoch'),
    `the late step refused as StaleEpoch wanted, it was told: ${step ?? 'nothing, it went through'}`,
  ),
  ...unless(
    server !== null && /epoch \d+ refused in \S+: epoch \d+ is in force/.test(server),
    `the late promotion refused by the server wanted, it was told: ${server ?? 'nothing, it went through'}`,
  ),
];
