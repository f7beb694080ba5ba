import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** Starts one of the lab's process entries as it is; its output is kept. */
export const spawnLabProcess = (
  part: 'orders' | 'dns' | 'load',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) => {
  const main = resolve(__dirname, `../../../lib/lab/${part}/main.ts`);
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit').then(([code, signal]: unknown[]) => code ?? signal);
  return {
    output: () => output,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    exited,
    close: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};
