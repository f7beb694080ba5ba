import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { EvacError } from '../../domain/errors';
import { startDeadline } from '../../engines/deadline';
import { describeCluster } from '../../engines/kafka/stretch/cluster-calls';
import type { Connection } from '../../engines/kafka/stretch/connection';
import { connect } from '../../engines/kafka/stretch/connection';
import type { HostStatus } from '../../ports/host-control';
import { CommandFailed } from '../lab-errors';
import { sendSignal } from '../process-identity';
import { serverProcessesOf } from '../store-host/server-processes';
import { waitUntil } from '../wait-until';
import { inheritedClock } from '../zone-clock';
import type { KafkaFiles } from './host-files';
import { javaArguments } from './java-command';
import type { KafkaHost } from './kafka-host';

export const kafkaProcesses = (data: string): readonly number[] =>
  serverProcessesOf({ command: 'java', data });

/** Without asking it: a process that is there but does not serve yet is not told from one that does. */
export const kafkaState = (data: string): HostStatus['engine'] =>
  kafkaProcesses(data).length === 0 ? 'stopped' : 'running';

/** What went wrong, without the frames of the stacks: a broker that gives up says much more after it. */
function errorsIn({ log }: KafkaFiles): string {
  if (!existsSync(log)) return '';
  const lines = readFileSync(log, 'utf8').split('\n');
  return lines
    .filter((line) => / ERROR |Exception|^Caused by/.test(line) && !line.startsWith('\t'))
    .slice(0, 6)
    .join('\n');
}

/** As this process's own user: Kafka's jars are in the project's folder, which may be nobody else's to read. */
export function launchBroker({ files, tools }: KafkaHost): void {
  const output = openSync(files.log, 'a');
  const child = spawn(tools.java, javaArguments(tools, ['kafka.Kafka', files.config]), {
    cwd: files.data,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...inheritedClock() },
    stdio: ['ignore', output, output],
    detached: true,
  });
  // Whether it runs is seen from outside; why not stands in its log.
  child.on('error', () => undefined);
  child.unref();
  closeSync(output);
}

/** One answer comes from memory: a broker that takes longer does not serve. */
const askTimeoutMs = 1_000;

/** It answers, and the controllers count it among the living: from then on it follows, or leads. */
async function serves({ place }: KafkaHost): Promise<boolean> {
  const deadline = startDeadline(askTimeoutMs);
  let connection: Connection | null = null;
  try {
    connection = await connect({ host: place.listen, port: place.port }, { clientId: 'evac-host' }, deadline);
    const brokers = await connection.ask(describeCluster(), deadline);
    return brokers.some(({ id, isFenced }) => id === place.id && !isFenced);
  } catch (error) {
    if (error instanceof EvacError) return false;
    throw error;
  } finally {
    connection?.close();
  }
}

const startTimeoutMs = 60_000;

/**
 * Starts the broker and waits until it serves, which needs a majority of the controllers.
 * @throws CommandFailed with the end of its log, DeadlineExceeded.
 */
export async function startBroker(host: KafkaHost): Promise<void> {
  const { files, place } = host;
  launchBroker(host);
  const startedMs = performance.now();
  const goneAfterMs = 2_000;
  await waitUntil(
    { what: `Kafka in ${place.zone} to start`, timeoutMs: startTimeoutMs, everyMs: 20 },
    async () => {
      if (await serves(host)) return true;
      if (kafkaProcesses(files.data).length > 0 || performance.now() - startedMs < goneAfterMs) return false;
      const why = errorsIn(files);
      throw new CommandFailed(`Kafka in ${files.data} did not start: ${why}`, null, why);
    },
  );
}

/** Its first thread may be gone, and its folder with it, while others still hold its sockets. */
const isEnding = (pid: number): boolean => {
  const tasks = `/proc/${pid}/task`;
  return existsSync(tasks) && readdirSync(tasks).length > 1;
};

/** SIGKILL: what was acknowledged is on another broker, too. @throws DeadlineExceeded */
export async function stopBrokerNow(files: KafkaFiles, timeoutMs: number): Promise<void> {
  const killed = new Set<number>();
  await waitUntil({ what: `Kafka in ${files.data} to stop`, timeoutMs, everyMs: 3 }, () => {
    const pids = kafkaProcesses(files.data);
    for (const pid of pids) {
      sendSignal(pid, 'SIGKILL');
      killed.add(pid);
    }
    return pids.length === 0 && ![...killed].some(isEnding);
  });
}
