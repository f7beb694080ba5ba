import { findOsUser } from '../store-host/os-user';
import { readOptions } from '../store-host/read-options';
import { logLine, runHostProcess, serveHost } from '../store-host/serve-host';
import { createMinioFiles } from './host-files';
import { minioOsUser } from './minio-host';
import { createMinioStoreHost } from './minio-store-host';

const usage = `minio-host --zone az-a --folder DIR --data DIR --server FILE --listen HOST --port 9000 --agent-port 8085
           --table NAME --workload NAME [--os-user nobody]
DIR is one zone's folder as provisioned, and where its bytes go. Region, endpoint and credentials of the state store: AWS_* as
the SDK reads them.`;

const required = [
  'zone',
  'folder',
  'data',
  'server',
  'listen',
  'port',
  'agent-port',
  'table',
  'workload',
] as const;

runHostProcess('minio-host', () => {
  const options = readOptions(required, { 'os-user': minioOsUser }, usage);
  const { zone, folder, data, server, listen, port, table, workload } = options;
  const host = createMinioStoreHost({
    files: createMinioFiles(folder, data),
    place: { zone, listen, port: Number(port) },
    tools: { server, user: findOsUser(options['os-user']) },
    log: logLine,
  });
  serveHost({ host, listen, agentPort: Number(options['agent-port']), table, workload });
});
