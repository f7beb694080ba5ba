import type { ZoneId } from '../topology';

/** Where and as what a version was first written. Its copies carry this on, so that it is the same on every side. */
export interface Identity {
  readonly zone: ZoneId;
  readonly versionId: string;
}

export const VersionKind = { put: 'put', delete: 'delete' } as const;
export type VersionKind = (typeof VersionKind)[keyof typeof VersionKind];

/** One version of one key, as the source lists it. */
export interface Version {
  readonly key: string;
  /** Its number in the source's own bucket. */
  readonly localId: string;
  readonly identity: Identity;
  readonly kind: VersionKind;
  readonly bytes: number;
  /** By the source's clock, ms since 1970. */
  readonly atMs: number;
}

/** The newest version that the target has of a key. */
export interface Held {
  readonly identity: Identity;
  readonly kind: VersionKind;
  /** What the next write is conditional on; null: there is no current object, only a delete marker. */
  readonly etag: string | null;
  /** When it was written at its source, by that source's clock; null: it was written here. */
  readonly sourceAtMs: number | null;
}

export const isSame = (one: Identity, other: Identity): boolean =>
  one.zone === other.zone && one.versionId === other.versionId;

/** Evac's own keys among the workload's: of these only the newest version counts. */
export const ownPrefix = '.evac/';
