import type { CopierReport } from '../../../domain/copier/cursor';
import type { Waiting } from './copier-memory';
import type { Copy } from './copy-target';

interface Ended {
  readonly sweep: number;
  readonly startedMs: number;
  readonly mark: string | null;
  /** As it was read before the sweep began to list. */
  readonly beacon: Copy | null;
}

/**
 * Up to which instant everything has been copied: the start of the newest whole sweep of which nothing waits any more.
 * Sweeps that were not whole, or whose finds had to be forgotten, say nothing.
 */
export function createLevel() {
  let ended: readonly Ended[] = [];
  let level: Ended | null = null;
  return {
    /** Null: nothing is known to be complete yet. */
    at: () => level,
    sweepEnded: (sweep: Ended): void => void (ended = [...ended, sweep]),
    /** After each batch and each sweep. */
    judge: (waiting: readonly Waiting[]): void => {
      const oldest = waiting[0]?.sweep ?? Infinity;
      const reached = ended.filter(({ sweep }) => sweep < oldest);
      level = reached.at(-1) ?? level;
      ended = ended.filter(({ sweep }) => sweep >= oldest);
    },
    /** Something that was found was forgotten: only later sweeps count. */
    forget: (): void => void (ended = []),
    clear: (): void => {
      ended = [];
      level = null;
    },
  };
}
export type Level = ReturnType<typeof createLevel>;

export const reportOf = (
  level: Level,
  waiting: readonly Waiting[],
  sweep: { readonly sweepKey: string | null; readonly sweeps: number },
): CopierReport => {
  const at = level.at();
  return {
    ...sweep,
    drained: at?.mark ?? null,
    levelAgeMs: at === null ? null : Math.max(0, Math.round(performance.now() - at.startedMs)),
    pendingObjects: waiting.length,
    pendingBytes: waiting.reduce((sum, { version }) => sum + version.bytes, 0),
  };
};
