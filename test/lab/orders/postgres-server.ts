import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findPostgres } from '../../../lib/lab/postgres-binaries';
import { waitUntil } from '../../../lib/lab/wait-until';
import { describeWhere } from '../requirements';
import { freePort } from '../../free-port';

/** PostgreSQL refuses to run as root; Debian's account for it is used then. */
const account = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
};

export const describeOnServer = (name: string, fn: () => void): void => {
  const whyNot = findPostgres() === null ? 'no PostgreSQL server (15 or newer) on this machine' : null;
  describeWhere({ name, whyNot, fn });
};

const binary = (name: string): string => join(findPostgres()?.folder ?? '', name);
const run = (name: string, args: readonly string[]): void => {
  execFileSync(binary(name), args, { ...account(), stdio: 'ignore', cwd: tmpdir(), timeout: 30_000 });
};

/** As the superuser, each statement on a session of its own. */
const querier = (port: number) => async (sql: string) => {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows ?? [];
  } finally {
    await client.end();
  }
};

/** The server's parent first: stopped, it cannot fork another session meanwhile. */
const signalTree = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    for (const child of children.filter(Boolean)) process.kill(Number(child), signal);
  } catch {
    // Already ended.
  }
};

const runServer = async (folder: string, port: number) => {
  const settings = [
    'fsync=off',
    'max_connections=100',
    `unix_socket_directories=${folder}`,
    'wal_retrieve_retry_interval=100ms',
  ];
  const args = [
    '-D',
    folder,
    '-p',
    String(port),
    '-h',
    '127.0.0.1',
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  const child = spawn(binary('postgres'), args, { ...account(), stdio: 'ignore', cwd: tmpdir() });
  const query = querier(port);
  const ready = () =>
    query('SELECT 1').then(
      () => true,
      () => false,
    );
  await waitUntil({ what: `PostgreSQL on ${port}`, timeoutMs: 15_000, everyMs: 20 }, ready);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    at: { host: '127.0.0.1', port },
    query,
    /** Immediate shutdown: sessions are cut, nothing is flushed, but no shared memory stays behind. */
    stop: () => end('SIGQUIT'),
    freeze: () => signalTree(child.pid, 'SIGSTOP'),
    thaw: () => signalTree(child.pid, 'SIGCONT'),
    close: async () => {
      signalTree(child.pid, 'SIGCONT');
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'evt-h6-pg-'));
  const owner = account();
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  return folder;
};

export type PostgresServer = Awaited<ReturnType<typeof runServer>>;

/** An own server with its own folder, on a free loopback port. */
export const startPrimary = async (): Promise<PostgresServer> => {
  const folder = newFolder();
  run('initdb', ['-D', folder, '-U', 'postgres', '-A', 'trust', '-N', '--locale=C', '-E', 'UTF8']);
  return runServer(folder, await freePort());
};

/** A streaming standby of `primary`, not yet synchronous. */
export const startStandby = async (primary: PostgresServer, name: string): Promise<PostgresServer> => {
  const folder = newFolder();
  const source = `host=127.0.0.1 port=${primary.at.port} user=postgres application_name=${name}`;
  run('pg_basebackup', ['-D', folder, '-R', '-c', 'fast', '-d', source]);
  return runServer(folder, await freePort());
};
