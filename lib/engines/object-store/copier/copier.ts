import { setTimeout as pause } from 'node:timers/promises';
import { backlogOf } from '../../../domain/copier/lag';
import { EvacError, Refused, StaleEpoch } from '../../../domain/errors';
import type { CopierOptions, CopierWork } from './copier-work';
import { createCopierWork } from './copier-work';
import { sweepOnce } from './sweep-once';

/** `idle`: the target does not follow this zone, or this zone does not write. */
export const CopierState = { copying: 'copying', idle: 'idle', retrying: 'retrying' } as const;
export type CopierState = (typeof CopierState)[keyof typeof CopierState];

interface Doing {
  readonly state: CopierState;
  readonly why: string | null;
  readonly epoch: number | null;
}

export interface CopierStatus extends Doing {
  readonly pendingObjects: number;
  readonly pendingBytes: number;
  /** Age of the oldest version that has not arrived, ms; null: all have. */
  readonly oldestPendingMs: number | null;
}

export interface Copier {
  status(): CopierStatus;
  /** Something changed at the source: the next sweep begins now. Nothing is lost when nobody calls this. */
  wake(): void;
  /** Settles when another copier took this one's place, or after `stop`. */
  readonly ended: Promise<'stopped' | 'superseded'>;
  stop(): Promise<void>;
}

/** A pause that is cut short by `wake`, or by the end. */
function createRest(ending: AbortSignal) {
  let waking = new AbortController();
  return {
    wake: () => waking.abort(),
    rest: async (ms: number): Promise<void> => {
      const signal = AbortSignal.any([ending, waking.signal]);
      await pause(ms, undefined, { signal }).catch(() => undefined);
      if (waking.signal.aborted) waking = new AbortController();
    },
  };
}

/** Lets itself in and sweeps until it is not let any more. @throws whatever ends the term */
async function copyUnderTerm(
  work: CopierWork,
  { say, rest }: { readonly say: (doing: Doing) => void; readonly rest: (ms: number) => Promise<void> },
): Promise<void> {
  const { options, counts, stopping, deadlineOf, beginDirection } = work;
  const { source, target, holder, scanEveryMs, log } = options;
  const cursor = await target.claim(source.zone, holder, deadlineOf());
  beginDirection(cursor);
  const { epoch, progress } = cursor;
  log('copying', { from: source.zone, to: cursor.zone, epoch, at: progress.sweepKey });
  let from = counts.wholeSweeps === 0 ? progress.sweepKey : null;
  while (!stopping.signal.aborted) {
    const startedMs = performance.now();
    const forMs = await sweepOnce(work, { from: source.zone, epoch, holder }, from);
    say({ state: CopierState.copying, why: null, epoch });
    from = null;
    const everyMs = Math.max(scanEveryMs, performance.now() - startedMs);
    await rest(Math.min(everyMs, forMs ?? everyMs));
  }
}

/** The copies of one source to one target, while it is let. */
export function startCopier(options: CopierOptions): Copier {
  const work = createCopierWork(options);
  const { stopping, memory } = work;
  const { wake, rest } = createRest(stopping.signal);
  let doing: Doing = { state: CopierState.idle, why: null, epoch: null };
  const say = (now: Doing): void => void (doing = now);
  /** True: its place was taken. @throws what is no error of Evac's */
  const settle = async (error: unknown): Promise<boolean> => {
    if (!(error instanceof EvacError)) throw error;
    if (error instanceof Refused && error.code === 'superseded') return true;
    const state = error instanceof Refused ? CopierState.idle : CopierState.retrying;
    say({ ...doing, state, why: error.message });
    if (state === CopierState.retrying) options.log('trying again', { why: error.message });
    if (!(error instanceof StaleEpoch)) await rest(options.retryMs);
    return false;
  };
  const run = async (): Promise<'stopped' | 'superseded'> => {
    while (!stopping.signal.aborted) {
      try {
        await copyUnderTerm(work, { say, rest });
      } catch (error) {
        if (await settle(error)) return 'superseded';
      }
    }
    return 'stopped';
  };
  const ended = run();
  return {
    status: () => {
      const { objects, bytes, oldestMs } = backlogOf(memory.waiting(), Date.now());
      return { ...doing, pendingObjects: objects, pendingBytes: bytes, oldestPendingMs: oldestMs };
    },
    wake,
    ended,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
