import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import type { HostStatus } from '../../ports/host-control';
import { CommandFailed } from '../lab-errors';
import { sendSignal } from '../process-identity';
import { serverProcessesOf } from '../store-host/server-processes';
import { waitUntil } from '../wait-until';
import { inheritedClock } from '../zone-clock';
import type { MinioFiles } from './host-files';
import { settingsOf } from './host-files';
import type { MinioHost } from './minio-host';
import { endpointOf } from './minio-host';

export const minioProcesses = (data: string): readonly number[] =>
  serverProcessesOf({ command: 'minio', data });

export const minioState = (data: string): HostStatus['engine'] =>
  minioProcesses(data).length === 0 ? 'stopped' : 'running';

const startTimeoutMs = 60_000;
const askTimeoutMs = 1_000;
const goneAfterMs = 2_000;

const lastLogLines = (files: MinioFiles): string =>
  existsSync(files.log) ? readFileSync(files.log, 'utf8').trim().split('\n').slice(-3).join('\n') : '';

/** It serves: its disk is readable and its users are loaded. */
const answers = async ({ place }: MinioHost): Promise<boolean> => {
  try {
    const url = `${endpointOf(place)}/minio/health/cluster`;
    return (await fetch(url, { signal: AbortSignal.timeout(askTimeoutMs) })).ok;
  } catch {
    return false;
  }
};

/**
 * --no-compat: an ETag of its own for each version, where S3's is the bytes' alone. A condition on it then never takes a later
 * version with the same bytes for the one that was seen.
 */
function launch({ files, place, tools }: MinioHost): void {
  const { evac } = settingsOf(files);
  const output = openSync(files.log, 'a');
  const identity = tools.user === null ? {} : { uid: tools.user.uid, gid: tools.user.gid };
  const address = `${place.listen}:${place.port}`;
  const child = spawn(tools.server, ['server', '--quiet', '--no-compat', '--address', address, files.data], {
    cwd: files.data,
    env: {
      PATH: '/usr/bin:/bin',
      LC_ALL: 'C',
      TZ: 'UTC',
      HOME: files.folder,
      MINIO_ROOT_USER: evac.accessKeyId,
      MINIO_ROOT_PASSWORD: evac.secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      ...inheritedClock(),
    },
    argv0: 'minio',
    stdio: ['ignore', output, output],
    detached: true,
    ...identity,
  });
  // Whether it runs is seen from outside; why not stands in its log.
  child.on('error', () => undefined);
  child.unref();
  closeSync(output);
}

/** Starts the server and waits until it serves. @throws CommandFailed with the end of its log, DeadlineExceeded. */
export async function startMinio(host: MinioHost): Promise<void> {
  const { files, place } = host;
  launch(host);
  const startedMs = performance.now();
  await waitUntil(
    { what: `MinIO in ${place.zone} to start`, timeoutMs: startTimeoutMs, everyMs: 20 },
    async () => {
      const isThere = minioProcesses(files.data).length > 0;
      // Whoever else listens there would answer for it.
      if (isThere && (await answers(host))) return true;
      if (isThere || performance.now() - startedMs < goneAfterMs) return false;
      const why = lastLogLines(files);
      throw new CommandFailed(`MinIO in ${files.data} did not start: ${why}`, null, why);
    },
  );
}

/** SIGKILL: nothing is acknowledged any more; what was acknowledged is on its disk. */
export async function stopMinioNow(files: MinioFiles, timeoutMs: number): Promise<void> {
  await waitUntil({ what: `MinIO in ${files.data} to stop`, timeoutMs, everyMs: 3 }, () => {
    const pids = minioProcesses(files.data);
    for (const pid of pids) sendSignal(pid, 'SIGKILL');
    return pids.length === 0;
  });
}
