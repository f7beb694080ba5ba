import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { Bug } from './bugs';
import type { Played, WorkerTask } from './worker';

export interface RunOptions {
  readonly schedules: number;
  readonly runSeed: number;
  readonly workers?: number;
  readonly bug?: Bug | null;
  /** Stops as soon as a schedule found something. */
  readonly untilFound?: boolean;
  readonly onPlayed?: (played: Played) => void;
}

const BUNDLE = join(__dirname, '../../build/sim/worker.js');

/** One file without a loader: half the time of the same code under tsx. `__dirname` is as deep as here. */
const bundleWorker = async (): Promise<string> => {
  await build({
    entryPoints: [join(__dirname, 'worker.ts')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    target: 'node22',
    logLevel: 'error',
  });
  return BUNDLE;
};

let bundled: Promise<string> | undefined;

interface Running {
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

const startWorker = (file: string, task: WorkerTask, onPlayed: (played: Played) => void): Running => {
  const worker = new Worker(file, { workerData: task });
  worker.on('message', onPlayed);
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  return { worker, ended };
};

/** Plays schedules side by side; what comes back is in the order of their index, however many workers there were. */
export const runMany = async (options: RunOptions): Promise<readonly Played[]> => {
  const { schedules, runSeed, bug = null, untilFound = false, onPlayed } = options;
  const of = Math.max(1, Math.min(options.workers ?? availableParallelism(), schedules));
  const file = await (bundled ??= bundleWorker());
  const results: Played[] = [];
  const running: Running[] = [];
  const take = (played: Played): void => {
    results.push(played);
    onPlayed?.(played);
    if (untilFound && played.findings.length > 0) for (const { worker } of running) void worker.terminate();
  };
  for (let first = 0; first < of; first += 1)
    running.push(startWorker(file, { runSeed, schedules, first, of, bug }, take));
  await Promise.all(running.map(({ ended }) => ended));
  return results.sort((a, b) => a.index - b.index);
};
