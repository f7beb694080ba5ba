import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../lib/cli/project-folder';

/**
 * `npm run catches`: runs all tests with coverage, that of the processes which they start included (the CLI, the lab's),
 * and lists every handler of an error that none of them reached.
 */
const FOLDER = join(projectFolder, 'coverage');
const RAW = join(FOLDER, 'processes-raw');

const run = (tool: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void => {
  const command = join(projectFolder, 'node_modules/.bin', tool);
  const { status } = spawnSync(command, args, {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  process.stdout.write(`${tool} ${args[0]} ended with ${status}\n`);
};

const jest = (project: string, env?: NodeJS.ProcessEnv): void =>
  run(
    'jest',
    [
      `--selectProjects=${project}`,
      '--coverage',
      '--coverageReporters=json',
      '--collectCoverageFrom={lib,lambdas,bin}/**/*.ts',
      `--coverageDirectory=${join(FOLDER, project)}`,
      '--coverageThreshold={}',
      ...(project === 'real' ? ['--runInBand'] : []),
    ],
    env,
  );

const reportProcesses = (): void =>
  run('c8', [
    'report',
    `--temp-directory=${RAW}`,
    `--reports-dir=${join(FOLDER, 'processes')}`,
    '--reporter=json',
    '--exclude-after-remap',
    '--src=.',
    '--include=lib/**',
    '--include=bin/**',
  ]);

const main = (): void => {
  rmSync(RAW, { recursive: true, force: true });
  mkdirSync(RAW, { recursive: true });
  // Processes of other users write here, too.
  chmodSync(RAW, 0o777);
  jest('unit');
  jest('real', {
    NODE_V8_COVERAGE: RAW,
    NODE_OPTIONS: `--import=${join(__dirname, 'take-coverage.mjs')}`,
  });
  reportProcesses();
  const found = ['unit', 'real', 'processes'].map((name) => join(FOLDER, name, 'coverage-final.json'));
  run('tsx', [join(__dirname, 'main.ts'), ...found]);
};

main();
