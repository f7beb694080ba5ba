import { createHostAgentServer } from '../store-host/host-agent-server';
import { readOptions } from '../store-host/read-options';
import { logLine, runHostProcess } from '../store-host/serve-host';
import { createKafkaFiles } from './host-files';
import { createKafkaHostAgent } from './kafka-host-agent';

const usage = `kafka-host --zone az-a --id 1 --folder DIR --java FILE --jars DIR --archive FILE
           --listen HOST --port 9092 --controller-port 9093 --agent-port 8084
DIR is one zone's folder as provisioned. No state store is asked: a broker that comes up joins its cluster.`;

const required = [
  'zone',
  'id',
  'folder',
  'java',
  'jars',
  'archive',
  'listen',
  'port',
  'controller-port',
  'agent-port',
] as const;

runHostProcess('kafka-host', () => {
  const options = readOptions(required, {}, usage);
  const { zone, folder, java, jars, archive, listen } = options;
  const agent = createKafkaHostAgent({
    files: createKafkaFiles(folder),
    place: {
      id: Number(options.id),
      zone,
      listen,
      port: Number(options.port),
      controllerPort: Number(options['controller-port']),
    },
    tools: { java, jars, archive },
    log: logLine,
  });
  const server = createHostAgentServer(agent);
  server.listen(Number(options['agent-port']), listen, () =>
    logLine('listening', { zone, pid: process.pid }),
  );
  // The broker goes on: whoever ends the zone ends its cgroup.
  process.once('SIGTERM', () => server.close(() => process.exit(0)));
});
