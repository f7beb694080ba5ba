import { createHash } from 'node:crypto';
import { CommandFailed } from '../lab-errors';
import { runTool } from '../run-tool';

const TIMEOUT_MS = 10_000;
const DIGITS = 12;

const git = (projectFolder: string, args: readonly string[]): string =>
  runTool({ command: 'git', args: ['-C', projectFolder, ...args], timeoutMs: TIMEOUT_MS });

/**
 * Which code this is: the commit, and a short hash of what is changed beside it. A folder without a history (an
 * unpacked archive) is `unversioned` and never the same as anything, so nothing played there is skipped later.
 */
export const codeVersion = (projectFolder: string): string => {
  try {
    const commit = git(projectFolder, ['rev-parse', 'HEAD']).trim().slice(0, DIGITS);
    const changes = git(projectFolder, [
      'diff',
      'HEAD',
      '--',
      'lib',
      'lambdas',
      'statemachines',
      'bin',
      'config',
    ]);
    const mark = createHash('sha256').update(changes).digest('hex').slice(0, 6);
    return changes === '' ? commit : `${commit}+${mark}`;
  } catch (error) {
    if (error instanceof CommandFailed) return `unversioned-${Date.now()}`;
    throw error;
  }
};
