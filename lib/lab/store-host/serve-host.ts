import { InvalidConfiguration } from '../../domain/errors';
import { createDynamoDbStore } from '../../state/dynamodb-store';
import type { ReadSeat } from './boot';
import { createHostAgent } from './host-agent';
import { createHostAgentServer } from './host-agent-server';
import type { StoreHost } from './store-host';

export interface HostService {
  readonly host: StoreHost;
  readonly listen: string;
  readonly agentPort: number;
  /** Of the state table. */
  readonly table: string;
  readonly workload: string;
}

/** A line of JSON on the process's output. */
export const logLine = (event: string, detail: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...detail })}\n`);
};

/** @throws InvalidConfiguration without a local endpoint: the lab must not reach for the real AWS. */
const readSeatOf = (table: string, workload: string): ReadSeat => {
  if (process.env['AWS_ENDPOINT_URL'] === undefined && process.env['AWS_ENDPOINT_URL_DYNAMODB'] === undefined)
    throw new InvalidConfiguration('AWS_ENDPOINT_URL is not set: the lab must not reach for the real AWS');
  const store = createDynamoDbStore({ table, workload, witnesses: [] });
  return () => store.readSeat();
};

/** The host agent of one store in this process, until SIGTERM; the store itself goes on: whoever ends the zone ends its cgroup. */
export const serveHost = ({ host, listen, agentPort, table, workload }: HostService): void => {
  const agent = createHostAgent({ host, readSeat: readSeatOf(table, workload) });
  const server = createHostAgentServer(agent);
  server.listen(agentPort, listen, () => logLine('listening', { zone: host.zone, pid: process.pid }));
  process.once('SIGTERM', () => {
    agent.close();
    server.close(() => process.exit(0));
  });
};

/** Runs `main`; what it throws is said, and ends the process: 2 for wrong options, else 1. */
export const runHostProcess = (name: string, main: () => void): void => {
  try {
    main();
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof InvalidConfiguration ? 2 : 1;
  }
};
