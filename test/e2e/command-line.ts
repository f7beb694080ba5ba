import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder } from '../../lib/cli/project-folder';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly lab: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/** The CLI as a person runs it: its own process, its own exit code. */
export const startEvac = (args: readonly string[], options: CommandOptions) => {
  const env = { ...process.env, EVAC_LAB: options.lab, ...options.env };
  return spawn(process.execPath, ['--import', 'tsx', join(projectFolder, 'bin/evac.ts'), ...args], {
    cwd: projectFolder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
};

export const evac = (args: readonly string[], options: CommandOptions): Promise<Ended> => {
  const child = startEvac(args, options);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGTERM'), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
};
