import type { Pending } from './batch';
import type { Version } from './version';

/** One object that was copied, and how long after it was written, ms. */
export interface CopiedObject {
  readonly key: string;
  readonly versionId: string;
  readonly lagMs: number;
}

/** Both instants by clocks of the source's zone; one that is ahead of the other gives no negative lag. */
export const lagOf = ({ key, localId, atMs }: Version, copiedAtMs: number): CopiedObject => ({
  key,
  versionId: localId,
  lagMs: Math.max(0, copiedAtMs - atMs),
});

export interface Backlog {
  readonly objects: number;
  readonly bytes: number;
  /** The age of the oldest that has not arrived, ms; null: all have. */
  readonly oldestMs: number | null;
}

export function backlogOf(pending: readonly Pending[], nowMs: number): Backlog {
  const ages = pending.map(({ version }) => Math.max(0, nowMs - version.atMs));
  return {
    objects: pending.length,
    bytes: pending.reduce((sum, { version }) => sum + version.bytes, 0),
    oldestMs: ages.length === 0 ? null : Math.max(...ages),
  };
}
