import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { CommandFailed } from './lab-errors';

/** A PATH without the sbin folders is usual for a non-login shell, and ip and nft live there. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** Where commands are looked for: PATH first, then the system's own folders. */
export const executableFolders = (): readonly string[] => [
  ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  ...systemFolders,
];

const isExecutableFile = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Absolute path of a command; null when there is none. */
export function findExecutable(name: string, folders = executableFolders()): string | null {
  return folders.map((folder) => join(folder, name)).find(isExecutableFile) ?? null;
}

/** As findExecutable, but a missing command is an error that names it. */
export function requireExecutable(name: string): string {
  const path = isAbsolute(name) ? name : findExecutable(name);
  if (path === null)
    throw new CommandFailed(`${name} is not on this machine; evac doctor says how to get it`, null, '');
  return path;
}

export interface ToolCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Gathers what a stream says; the answer is what came so far. */
export function collectText(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

const asSentence = (call: ToolCall, what: string, stderr: string): string =>
  `${call.command} ${call.args.join(' ')} ${what}${stderr.trim() === '' ? '' : `: ${stderr.trim()}`}`;

/**
 * Runs a short tool and waits for it, blocking: a few ms, so that the instant of a fault is not
 * blurred by whatever else the event loop does. Answers its standard output.
 * @throws CommandFailed with exit code and standard error, also when the deadline (ms) passed.
 */
export function runTool(call: ToolCall): string {
  const done = spawnSync(requireExecutable(call.command), call.args, {
    ...(call.input === undefined ? {} : { input: call.input }),
    ...(call.env === undefined ? {} : { env: { ...call.env } }),
    timeout: call.timeoutMs,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return done.stdout;
  const what = done.signal === null ? `ended with ${done.status}` : `did not end within ${call.timeoutMs} ms`;
  throw new CommandFailed(asSentence(call, what, done.stderr), done.status, done.stderr, {
    cause: done.error,
  });
}

/** What a command that ignores SIGTERM gets after its deadline before SIGKILL. */
const politenessMs = 5_000;

/**
 * Runs a long command (apt-get, pip) without blocking, in the foreground group: Ctrl-C reaches it.
 * @throws CommandFailed as runTool; after the deadline SIGTERM is sent, 5 s later SIGKILL.
 */
export function runCommand(call: Omit<ToolCall, 'input'>): Promise<string> {
  const env = call.env === undefined ? {} : { env: { ...call.env } };
  const child = spawn(call.command, call.args, { stdio: ['ignore', 'pipe', 'pipe'], ...env });
  const [stdout, stderr] = [collectText(child.stdout), collectText(child.stderr)];
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    child.kill('SIGTERM');
  }, call.timeoutMs);
  const tooLate = setTimeout(() => {
    child.kill('SIGKILL');
    // What it started may hold the pipes open for ever.
    child.stdout.destroy();
    child.stderr.destroy();
  }, call.timeoutMs + politenessMs);
  return new Promise((resolve, reject) => {
    const fail = (what: string, exitCode: number | null, cause?: unknown): void => {
      const lastLines = stderr().trim().split('\n').slice(-8).join('\n');
      reject(new CommandFailed(asSentence(call, what, lastLines), exitCode, stderr(), { cause }));
    };
    child.once('error', (error) => fail('could not be started', null, error));
    child.once('close', (code, signal) => {
      clearTimeout(late);
      clearTimeout(tooLate);
      if (isLate) return fail(`did not end within ${call.timeoutMs} ms`, null);
      if (code === 0) return resolve(stdout());
      fail(`ended with ${code ?? signal}`, code);
    });
  });
}
