import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import type { HostStatus } from '../../ports/host-control';
import { CommandFailed } from '../lab-errors';
import { sendSignal } from '../process-identity';
import { serverProcessesOf } from '../store-host/server-processes';
import { waitUntil } from '../wait-until';
import { inheritedClock } from '../zone-clock';
import { redisServerName } from '../redis-binaries';
import type { RedisFiles } from './host-files';
import { askServer, placeOf } from './local-server';
import type { RedisHost, Upstream } from './redis-host';

/** The forked writer of a snapshot among them. */
export const redisProcesses = (data: string): readonly number[] =>
  serverProcessesOf({ command: 'redis', data });

const startTimeoutMs = 60_000;

const lastLogLines = (files: RedisFiles): string =>
  existsSync(files.log) ? readFileSync(files.log, 'utf8').trim().split('\n').slice(-3).join('\n') : '';

/** Answers PING: it has read its data in. A server that follows says so, too. */
const answers = async (host: RedisHost): Promise<boolean> =>
  (await askServer(host.files, placeOf(host), (connection, deadline) =>
    connection.run(['PING'], deadline),
  )) === 'PONG';

/** Without asking it: a process that is there but does not serve yet is not told from one that does. */
export const redisState = (data: string): HostStatus['engine'] =>
  redisProcesses(data).length === 0 ? 'stopped' : 'running';

function launch({ files, tools }: RedisHost, args: readonly string[]): void {
  const output = openSync(files.log, 'a');
  const identity = tools.user === null ? {} : { uid: tools.user.uid, gid: tools.user.gid };
  const child = spawn(tools.server, [files.config, ...args], {
    cwd: files.data,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...inheritedClock() },
    argv0: redisServerName,
    stdio: ['ignore', output, output],
    detached: true,
    ...identity,
  });
  // Whether it runs is seen from outside; why not stands in its log.
  child.on('error', () => undefined);
  child.unref();
  closeSync(output);
}

/**
 * Starts the server as a follower of `upstream`, or, only for the seat's writer, as a writer; waits until it serves.
 * @throws CommandFailed with the end of its log, DeadlineExceeded.
 */
export async function startRedis(host: RedisHost, upstream: Upstream | null): Promise<void> {
  const { files, place } = host;
  const follow = upstream === null ? ['no', 'one'] : [upstream.host, String(upstream.port)];
  launch(host, ['--replicaof', ...follow]);
  const startedMs = performance.now();
  const goneAfterMs = 2_000;
  await waitUntil(
    { what: `Redis in ${place.zone} to start`, timeoutMs: startTimeoutMs, everyMs: 10 },
    async () => {
      if (await answers(host)) return true;
      if (redisProcesses(files.data).length > 0 || performance.now() - startedMs < goneAfterMs) return false;
      const why = lastLogLines(files);
      throw new CommandFailed(`Redis in ${files.data} did not start: ${why}`, null, why);
    },
  );
}

/** SIGKILL: nothing is acknowledged any more; what was acknowledged is in the append-only file or at the replica. */
export async function stopRedisNow(files: RedisFiles, timeoutMs: number): Promise<void> {
  await waitUntil({ what: `Redis in ${files.data} to stop`, timeoutMs, everyMs: 3 }, () => {
    const pids = redisProcesses(files.data);
    for (const pid of pids) sendSignal(pid, 'SIGKILL');
    return pids.length === 0;
  });
}
