import { findOsUser } from '../store-host/os-user';
import { readOptions } from '../store-host/read-options';
import { logLine, runHostProcess, serveHost } from '../store-host/serve-host';
import { createHostFiles } from './host-files';
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

runHostProcess('postgres-host', () => {
  const options = readOptions(required, { 'os-user': 'postgres' }, usage);
  const { zone, folder, binaries, listen, port, networks, table, workload } = options;
  const host = createPostgresStoreHost({
    files: createHostFiles(folder),
    place: { zone, listen, port: Number(port), networks: networks.split(',') },
    tools: { binaries, user: findOsUser(options['os-user']) },
    log: logLine,
  });
  serveHost({ host, listen, agentPort: Number(options['agent-port']), table, workload });
});
