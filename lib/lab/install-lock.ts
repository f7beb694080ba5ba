import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DeadlineExceeded } from '../domain/errors';
import { requireExecutable } from './run-tool';

/**
 * Holds a file lock while something is done. A child holds it and lets go when our end of its input closes,
 * so a killed installer never leaves a lock behind.
 * @throws DeadlineExceeded when somebody else holds it for longer than waitSeconds.
 */
export async function withInstallLock<T>(
  options: { readonly path: string; readonly waitSeconds: number },
  act: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(options.path), { recursive: true });
  const holdUntilInputEnds = ['/bin/sh', '-c', 'echo held; read -r _'];
  const args = ['--timeout', String(options.waitSeconds), options.path, ...holdUntilInputEnds];
  const holder = spawn(requireExecutable('flock'), args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(holder, 'exit');
  const isHeld = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isHeld) {
    throw new DeadlineExceeded(
      `${options.path}: another process has been installing for more than ${options.waitSeconds} s; try again when it is done`,
    );
  }
  try {
    return await act();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
