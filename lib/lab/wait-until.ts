import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineExceeded } from '../domain/errors';

export interface Wait {
  /** What is waited for, as it should read in the error. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Pause between two looks, ms. */
  readonly everyMs?: number;
}

/** An act that may never end is given up in time; nobody waits for it any more. @throws DeadlineExceeded */
export async function within<T>(wait: Wait, act: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = pause(wait.timeoutMs, undefined, { signal: ended.signal }).then((): never => {
    throw new DeadlineExceeded(`${wait.what}: not within ${wait.timeoutMs} ms`);
  });
  try {
    return await Promise.race([act(), late]);
  } finally {
    ended.abort();
  }
}

/** Looks until the condition holds. @throws DeadlineExceeded, naming what was waited for and how long. */
export async function waitUntil(wait: Wait, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + wait.timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs)
      throw new DeadlineExceeded(`${wait.what}: not within ${wait.timeoutMs} ms`);
    await pause(wait.everyMs ?? 2);
  }
}
