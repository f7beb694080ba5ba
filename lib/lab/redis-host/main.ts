import { findOsUser } from '../store-host/os-user';
import { readOptions } from '../store-host/read-options';
import { logLine, runHostProcess, serveHost } from '../store-host/serve-host';
import { createRedisFiles } from './host-files';
import { createRedisStoreHost } from './redis-store-host';
import { redisOsUser } from '../redis-binaries';

const usage = `redis-host --zone az-a --folder DIR --server FILE --listen HOST --port 6379 --agent-port 8083
           --table NAME --workload NAME [--os-user nobody]
DIR is one zone's folder as provisioned. Region, endpoint and credentials of the state store: AWS_* as the SDK reads them.`;

const required = ['zone', 'folder', 'server', 'listen', 'port', 'agent-port', 'table', 'workload'] as const;

runHostProcess('redis-host', () => {
  const options = readOptions(required, { 'os-user': redisOsUser }, usage);
  const { zone, folder, server, listen, port, table, workload } = options;
  const host = createRedisStoreHost({
    files: createRedisFiles(folder),
    place: { zone, listen, port: Number(port) },
    tools: { server, user: findOsUser(options['os-user']) },
    log: logLine,
  });
  serveHost({ host, listen, agentPort: Number(options['agent-port']), table, workload });
});
