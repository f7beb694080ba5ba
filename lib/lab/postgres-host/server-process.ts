import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HostStatus } from '../../ports/host-control';
import { CommandFailed } from '../lab-errors';
import { sendSignal } from '../process-identity';
import { isServerProcess, serverProcessesOf } from '../store-host/server-processes';
import { waitUntil } from '../wait-until';
import type { HostFiles } from './host-files';
import type { PostgresTools } from './postgres-command';
import { runPostgres } from './postgres-command';

const serverIn = (data: string) => ({ command: 'postgres', data });

/** Every living process of this data folder's server, the postmaster's orphans included. */
export const serverProcesses = (data: string): readonly number[] => serverProcessesOf(serverIn(data));

/** Lines of postmaster.pid: the process's number first, its state ("ready", "standby", "starting", …) eighth. */
function readPostmaster(data: string): { readonly pid: number; readonly state: string } | null {
  const path = join(data, 'postmaster.pid');
  if (!existsSync(path)) return null;
  const text = readFileSync(path, 'utf8').split('\n');
  const pid = Number(text[0]);
  return Number.isInteger(pid) && pid > 0 && isServerProcess(pid, serverIn(data))
    ? { pid, state: (text[7] ?? '').trim() }
    : null;
}

/** Processes without a postmaster are a start that has not written its file yet, or orphans: not stopped in any case. */
export function engineState(data: string): HostStatus['engine'] {
  const postmaster = readPostmaster(data);
  if (postmaster === null) return serverProcesses(data).length === 0 ? 'stopped' : 'starting';
  return postmaster.state === 'ready' || postmaster.state === 'standby' ? 'running' : 'starting';
}

/**
 * A killed server's lock files name a number that another process may have by now, or that nobody has waited for yet;
 * PostgreSQL would then refuse to start. Who lives is known better here, and the folders are this server's own.
 */
function removeStaleLocks(files: HostFiles): void {
  if (serverProcesses(files.data).length > 0) return;
  rmSync(join(files.data, 'postmaster.pid'), { force: true });
  for (const name of readdirSync(files.sockets)) rmSync(join(files.sockets, name), { force: true });
}

/** Longer than the moment between fork and the server's own first step, on a busy machine. */
const goneAfterMs = 2_000;

const lastLogLines = (files: HostFiles): string =>
  existsSync(files.log) ? readFileSync(files.log, 'utf8').trim().split('\n').slice(-3).join('\n') : '';

/** True when it runs; an error as soon as it is clear that it gave up. */
function startWatch(files: HostFiles): () => boolean {
  let aliveAtMs = performance.now();
  return () => {
    const state = engineState(files.data);
    if (state !== 'stopped') aliveAtMs = performance.now();
    if (performance.now() - aliveAtMs < goneAfterMs) return state === 'running';
    const why = lastLogLines(files);
    throw new CommandFailed(`PostgreSQL in ${files.data} did not start: ${why}`, null, why);
  };
}

/**
 * Starts the server and waits until it takes sessions. It becomes a child of nobody, in this process's cgroup and network.
 * @throws CommandFailed with the end of the server's log, DeadlineExceeded.
 */
export async function startServer(tools: PostgresTools, files: HostFiles, timeoutMs: number): Promise<void> {
  if (engineState(files.data) === 'running') return;
  removeStaleLocks(files);
  const args = ['start', '-D', files.data, '-l', files.log, '--no-wait', '--silent'];
  await runPostgres(tools, { name: 'pg_ctl', args, timeoutMs });
  const wait = { what: `PostgreSQL in ${files.data} to start (see ${files.log})`, timeoutMs, everyMs: 5 };
  await waitUntil(wait, startWatch(files));
}

/** A server that was told to quit and has not is killed after this: a part of it may be frozen. */
const quitPatienceMs = 1_000;

/** SIGQUIT, PostgreSQL's immediate shutdown: no checkpoint, nothing is acknowledged any more. Then SIGKILL by number. */
export async function stopServerNow(files: HostFiles, timeoutMs: number): Promise<void> {
  const isStopped = (): boolean => serverProcesses(files.data).length === 0;
  const postmaster = readPostmaster(files.data);
  if (postmaster !== null) sendSignal(postmaster.pid, 'SIGQUIT');
  const patienceMs = postmaster === null ? 0 : Math.min(quitPatienceMs, timeoutMs / 2);
  const killAtMs = performance.now() + patienceMs;
  const wait = { what: `PostgreSQL in ${files.data} to stop`, timeoutMs, everyMs: 5 };
  await waitUntil(wait, () => {
    if (isStopped()) return true;
    if (performance.now() > killAtMs)
      for (const pid of serverProcesses(files.data)) sendSignal(pid, 'SIGKILL');
    return false;
  });
  removeStaleLocks(files);
}

/** SIGINT, the fast shutdown: clean, which a standby needs before a rewind. @throws DeadlineExceeded */
export async function stopServerClean(files: HostFiles, timeoutMs: number): Promise<void> {
  const postmaster = readPostmaster(files.data);
  if (postmaster === null) return;
  sendSignal(postmaster.pid, 'SIGINT');
  const wait = { what: `PostgreSQL in ${files.data} to shut down`, timeoutMs, everyMs: 5 };
  await waitUntil(wait, () => serverProcesses(files.data).length === 0);
}
