import type { BatchRule } from '../../../domain/copier/batch';
import type { Cursor } from '../../../domain/copier/cursor';
import type { CopiedObject } from '../../../domain/copier/lag';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { Bucket } from '../bucket';
import type { CursorObject } from '../cursor-object';
import { createCopierMemory } from './copier-memory';
import type { Copy, CopyTarget } from './copy-target';
import { createLevel } from './level';

export interface CopierOptions {
  readonly source: {
    readonly zone: ZoneId;
    readonly bucket: Bucket;
    readonly cursor: CursorObject;
  };
  readonly target: CopyTarget;
  /** This process, unlike any before it. */
  readonly holder: string;
  readonly rule: BatchRule;
  /** Pause between two sweeps, ms; a sweep that took longer is followed by a pause as long. */
  readonly scanEveryMs: number;
  /** After an error or while the target does not follow this zone, ms. */
  readonly retryMs: number;
  readonly callTimeoutMs: number;
  /** How old a tombstone is when it becomes a delete marker, ms; left out: 15 minutes, a signature's life. */
  readonly settleAfterMs?: number;
  readonly onCopied?: (objects: readonly CopiedObject[]) => void;
  readonly log: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** What one copier process works with, over all its terms. */
export function createCopierWork(options: CopierOptions) {
  const memory = createCopierMemory();
  const level = createLevel();
  const brought: { beacon: Copy | null } = { beacon: null };
  const counts = { sweep: 0, wholeSweeps: 0, since: -1, isWhole: true, isDraining: false, hasMetAll: false };
  return {
    options,
    memory,
    level,
    /** The newest beacon that was brought; null: none was since the direction was turned. */
    brought,
    /** `isWhole`: the sweep under way began at the beginning, and nothing that it found had to be forgotten. */
    counts,
    stopping: new AbortController(),
    deadlineOf: (): Deadline => startDeadline(options.callTimeoutMs),
    /** What is known of the key is not so: it is asked for again, and this sweep says nothing. */
    forget: (key: string): void => {
      memory.forget(key);
      level.forget();
      counts.isWhole = false;
    },
    /** A direction that was turned since makes void what was known; whole sweeps of an earlier process still count. */
    beginDirection: ({ since, progress }: Cursor): void => {
      if (since === counts.since) return;
      memory.clear();
      level.clear();
      brought.beacon = null;
      Object.assign(counts, { since, wholeSweeps: progress.sweeps, hasMetAll: false });
    },
  };
}
export type CopierWork = ReturnType<typeof createCopierWork>;
