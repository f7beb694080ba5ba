import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Exploration } from './explore';
import type { Job } from './job';

type Told = { readonly exploration: Exploration } | { readonly error: string };

/** Each worker's share of the 12 GiB, with two of them. */
const HEAP_MB = 5_600;

const ask = (worker: ChildProcess, job: Job): Promise<Exploration> =>
  new Promise((resolve, reject) => {
    const gone = (code: number | null): void =>
      reject(new Error(`the worker of ${job.name} ended with ${code}`));
    worker.once('exit', gone);
    worker.once('message', (told: Told) => {
      worker.off('exit', gone);
      if ('error' in told) reject(new Error(`${job.name}: ${told.error}`));
      else resolve(told.exploration);
    });
    worker.send(job);
  });

const workOff = async (jobs: Job[], onDone: (job: Job, found: Exploration) => void): Promise<void> => {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    // A process for each job: what one has remembered would only be in the way of the next.
    const execArgv = [...process.execArgv, `--max-old-space-size=${HEAP_MB}`];
    const worker = fork(join(__dirname, 'worker.ts'), [], { execArgv });
    try {
      onDone(job, await ask(worker, job));
    } finally {
      worker.kill();
    }
  }
};

/** Works off the jobs in their order, so many side by side. */
export const runAll = async (
  jobs: readonly Job[],
  workers: number,
  onDone: (job: Job, found: Exploration) => void,
): Promise<void> => {
  const left = [...jobs];
  await Promise.all(Array.from({ length: workers }, () => workOff(left, onDone)));
};
