import { parentPort, workerData } from 'node:worker_threads';
import type { Bug } from './bugs';
import { seedOf } from './random';
import { runSchedule } from './run-schedule';
import type { ScheduleResult } from './run-schedule';

export interface WorkerTask {
  readonly runSeed: number;
  readonly schedules: number;
  /** This worker plays every `of`-th schedule, from `first` on. */
  readonly first: number;
  readonly of: number;
  readonly bug: Bug | null;
}

/** What is kept of a schedule; its log can be had again from its seed. */
export type Played = ScheduleResult & { readonly index: number };

const play = async ({ runSeed, schedules, first, of, bug }: WorkerTask): Promise<void> => {
  for (let index = first; index < schedules; index += of) {
    const result = await runSchedule(seedOf(runSeed, index), bug);
    const played: Played = { ...result, log: [], index };
    parentPort?.postMessage(played);
  }
};

void play(workerData as WorkerTask);
