import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { CommandFailed } from './lab-errors';

/** A PATH without the sbin folders is usual for a non-login shell, and ip and nft live there. */
const alwaysSearched = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

const isExecutableFile = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Absolute path of a command, searched in PATH and then in the system's own folders; null when there is none. */
export function findExecutable(name: string, searchPath = process.env['PATH'] ?? ''): string | null {
  const folders = [...searchPath.split(delimiter).filter((folder) => folder !== ''), ...alwaysSearched];
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

/**
 * Runs a long command (apt-get, pip) without blocking. Its own children are its business.
 * @throws CommandFailed as runTool.
 */
export function runCommand(call: Omit<ToolCall, 'input'>): Promise<string> {
  const options = {
    timeout: call.timeoutMs,
    killSignal: 'SIGTERM' as const,
    maxBuffer: 64 * 1024 * 1024,
    ...(call.env === undefined ? {} : { env: { ...call.env } }),
  };
  return new Promise((resolve, reject) => {
    execFile(call.command, [...call.args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const what =
        error.killed === true ? `did not end within ${call.timeoutMs} ms` : `ended with ${error.code}`;
      const exitCode = typeof error.code === 'number' ? error.code : null;
      const lastLines = stderr.trim().split('\n').slice(-8).join('\n');
      reject(new CommandFailed(asSentence({ ...call }, what, lastLines), exitCode, stderr, { cause: error }));
    });
  });
}
