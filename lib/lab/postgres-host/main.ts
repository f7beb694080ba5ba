import { parseArgs } from 'node:util';
import { InvalidConfiguration } from '../../domain/errors';
import { createDynamoDbStore } from '../../state/dynamodb-store';
import type { ReadSeat } from '../store-host/boot';
import { createHostAgent } from '../store-host/host-agent';
import { createHostAgentServer } from '../store-host/host-agent-server';
import { createHostFiles } from './host-files';
import { findOsUser } from '../store-host/os-user';
import { createPostgresStoreHost } from './postgres-store-host';

const usage = `postgres-host --zone az-a --folder DIR --binaries DIR --listen HOST --port 5432 --agent-port 8081
              --networks CIDR[,CIDR] --table NAME --workload NAME [--os-user postgres]
DIR is one zone's folder as provisioned. Region, endpoint and credentials of the state store: AWS_* as the SDK reads them.`;

const required = [
  'zone',
  'folder',
  'binaries',
  'listen',
  'port',
  'agent-port',
  'networks',
  'table',
  'workload',
] as const;
type Required = (typeof required)[number];

const log = (event: string, detail: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...detail })}\n`);
};

function readOptions(): Readonly<Record<Required | 'os-user', string>> {
  const names = [...required, 'os-user'] as const;
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, text])) });
  const missing = required.filter((name) => typeof values[name] !== 'string');
  if (missing.length > 0) throw new InvalidConfiguration(`missing: --${missing.join(', --')}\n${usage}`);
  const given = values as Readonly<Record<Required, string>>;
  return { ...given, 'os-user': String(values['os-user'] ?? 'postgres') };
}

function readSeatOf(table: string, workload: string): ReadSeat {
  if (process.env['AWS_ENDPOINT_URL'] === undefined && process.env['AWS_ENDPOINT_URL_DYNAMODB'] === undefined)
    throw new InvalidConfiguration('AWS_ENDPOINT_URL is not set: the lab must not reach for the real AWS');
  const store = createDynamoDbStore({ table, workload, witnesses: [] });
  return () => store.readSeat();
}

function main(): void {
  const options = readOptions();
  const { zone, listen } = options;
  const networks = options.networks.split(',');
  const host = createPostgresStoreHost({
    files: createHostFiles(options.folder),
    place: { zone, listen, port: Number(options.port), networks },
    tools: { binaries: options.binaries, user: findOsUser(options['os-user']) },
    log,
  });
  const agent = createHostAgent({ host, readSeat: readSeatOf(options.table, options.workload) });
  const server = createHostAgentServer(agent);
  server.listen(Number(options['agent-port']), listen, () => log('listening', { zone, pid: process.pid }));
  // PostgreSQL itself goes on: whoever ends the zone ends its cgroup.
  process.once('SIGTERM', () => {
    agent.close();
    server.close(() => process.exit(0));
  });
}

try {
  main();
} catch (error) {
  process.stderr.write(`postgres-host: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof InvalidConfiguration ? 2 : 1;
}
