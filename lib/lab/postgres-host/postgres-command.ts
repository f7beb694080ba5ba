import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CommandFailed } from '../lab-errors';
import { inheritedClock } from '../zone-clock';
import type { OsUser } from '../store-host/os-user';

export interface PostgresTools {
  /** Folder of the server's binaries. */
  readonly binaries: string;
  readonly user: OsUser | null;
}

export interface PostgresCommand {
  readonly name: 'initdb' | 'pg_basebackup' | 'pg_ctl' | 'pg_rewind' | 'postgres';
  readonly args: readonly string[];
  readonly input?: string;
  readonly passwordFile?: string;
  readonly timeoutMs: number;
}

const LAST_WORDS_MS = 100;

const lastLines = (text: string): string => text.trim().split('\n').slice(-6).join('\n');

/**
 * Runs one of PostgreSQL's own tools as its user, in an environment of its own. Waits for the tool, not for a server
 * that it leaves running.
 * @throws CommandFailed with exit code and standard error, also when the deadline (ms) passed.
 */
export function runPostgres(tools: PostgresTools, command: PostgresCommand): Promise<string> {
  const { name, args, passwordFile, timeoutMs } = command;
  const child = spawn(join(tools.binaries, name), [...args], {
    cwd: '/',
    env: {
      PATH: tools.binaries,
      LC_ALL: 'C',
      TZ: 'UTC',
      ...(passwordFile && { PGPASSFILE: passwordFile }),
      ...inheritedClock(),
    },
    ...(tools.user === null ? {} : { uid: tools.user.uid, gid: tools.user.gid }),
  });
  // Not spawn's own time-out: its timer lives on when the tool could not be started at all.
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // A tool that ends before it has read everything says why by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(command.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new CommandFailed(`${name}: ${cause.message}`, null, '', { cause }));
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      const settle = (): void => {
        if (code === 0) return resolve(stdout);
        const what = signal === null ? `ended with ${code}` : `did not end within ${timeoutMs} ms`;
        reject(new CommandFailed(`${name} ${what}: ${lastLines(stderr)}`, code, stderr));
      };
      // Its last words may still be in the pipe, which a server that it left running can hold open for ever.
      const listened = setTimeout(settle, LAST_WORDS_MS);
      child.once('close', () => {
        clearTimeout(listened);
        settle();
      });
    });
  });
}
