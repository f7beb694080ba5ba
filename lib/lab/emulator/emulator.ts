import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EvacError } from '../../domain/errors';

/** What the local Region is: every client and every Lambda of the lab uses exactly these. */
export const LOCAL_REGION = {
  region: 'us-east-1',
  accountId: '000000000000',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
} as const;

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const PROBE_TIMEOUT_MS = 500;
const PROBE_PAUSE_MS = 25;

export interface EmulatorOptions {
  /** The repository: the patches are started from its `lib/lab/emulator`. */
  readonly projectFolder: string;
  /** The Python that has requirements.txt installed. */
  readonly python: string;
  /** The address to listen on, and the one Lambdas are told to call. */
  readonly bindHost: string;
  readonly port: number;
  /** Worker scripts, unpacked functions and the pid file go here; remove it after the end. */
  readonly tmpFolder: string;
  /** Holds the `node` that Lambdas are started with. */
  readonly nodeShimFolder: string;
  /** Patches to leave out, by file name: to show what one is for. */
  readonly without?: readonly string[];
}

export interface EmulatorCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The emulator did not answer before its deadline, or ended before it did. */
export class EmulatorNotHealthy extends EvacError {}

/**
 * How to start the emulator. The environment is complete: Lambdas inherit it, so nothing of the
 * caller's may be in it, least of all the credentials or the endpoint of a real account.
 */
export function emulatorCommand(options: EmulatorOptions): EmulatorCommand {
  const script = join(options.projectFolder, 'lib/lab/emulator/start.py');
  const without = (options.without ?? []).flatMap((patch) => ['--without', patch]);
  return { command: options.python, args: [script, ...without], env: environment(options) };
}

function environment(options: EmulatorOptions): Record<string, string> {
  const { bindHost, port, tmpFolder, nodeShimFolder } = options;
  return {
    PATH: `${nodeShimFolder}:${SYSTEM_PATH}`,
    HOME: tmpFolder,
    TMPDIR: tmpFolder,
    LANG: 'C.UTF-8',
    // The patches live in the source tree, which a run leaves as it was.
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    BIND_HOST: bindHost,
    GATEWAY_PORT: String(port),
    MINISTACK_HOST: bindHost,
    MINISTACK_REGION: LOCAL_REGION.region,
    MINISTACK_ACCOUNT_ID: LOCAL_REGION.accountId,
    LOG_LEVEL: 'WARNING',
    // No listeners besides the one port, and no look at a Docker of this machine.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    DOCKER_HOST: `unix://${tmpFolder}/no-docker.sock`,
    AWS_ENDPOINT_URL: `http://${bindHost}:${port}`,
    AWS_REGION: LOCAL_REGION.region,
    AWS_DEFAULT_REGION: LOCAL_REGION.region,
    AWS_ACCESS_KEY_ID: LOCAL_REGION.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_REGION.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

export interface HealthWait {
  readonly endpoint: string;
  readonly deadlineMs: number;
  /** Aborted when the process has ended: waiting on would be in vain. */
  readonly ended?: AbortSignal;
}

/** Resolves when the emulator serves. @throws EmulatorNotHealthy after `deadlineMs`, or once `ended` */
export async function waitUntilHealthy({ endpoint, deadlineMs, ended }: HealthWait): Promise<void> {
  const started = performance.now();
  let last = 'nothing asked yet';
  while (performance.now() - started < deadlineMs) {
    if (ended?.aborted)
      throw new EmulatorNotHealthy(`the emulator ended before it served ${endpoint}: read its log`);
    last = await probeHealth(endpoint);
    if (last === 'healthy') return;
    await pause(PROBE_PAUSE_MS);
  }
  throw new EmulatorNotHealthy(
    `the emulator did not serve ${endpoint} within ${deadlineMs} ms (${last}): read its log`,
  );
}

async function probeHealth(endpoint: string): Promise<string> {
  try {
    const answer = await fetch(`${endpoint}/_ministack/health`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.ok ? 'healthy' : `HTTP ${answer.status}`;
  } catch (error) {
    return String(error);
  }
}

/** Every process below `pid` (the Lambda workers outlive a SIGTERM of the emulator); none when it is gone. */
export async function childPids(pid: number): Promise<number[]> {
  const direct = await directChildren(pid);
  const below = await Promise.all(direct.map(childPids));
  return [...direct, ...below.flat()];
}

async function directChildren(pid: number): Promise<number[]> {
  const threads = await unlessGone(readdir(`/proc/${pid}/task`), []);
  const lists = await Promise.all(
    threads.map((thread) => unlessGone(readFile(`/proc/${pid}/task/${thread}/children`, 'utf8'), '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** A thread may end while its list is read; its children then stand in another thread's. */
async function unlessGone<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch {
    return otherwise;
  }
}
