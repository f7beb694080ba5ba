import type { Component } from '../topology';

/** What is kept the same in both zones: every component but the API. */
export type Source = Exclude<Component, 'api'>;

/** As the status names them. */
export const SOURCE_NAME: Readonly<Record<Source, string>> = {
  postgres: 'postgresql',
  redis: 'redis',
  kafka: 'kafka',
  objects: 'minio',
};

export const SourceStatus = {
  inSync: 'in_sync',
  syncing: 'syncing',
  lagging: 'lagging',
  paused: 'paused',
  stopped: 'stopped',
  failed: 'failed',
  unknown: 'unknown',
} as const;
export type SourceStatus = (typeof SourceStatus)[keyof typeof SourceStatus];

/** What a copy's distance from its writer is counted in. */
export const BEHIND_UNIT: Readonly<Record<Source, 'bytes' | 'records' | 'objects'>> = {
  postgres: 'bytes',
  redis: 'bytes',
  kafka: 'records',
  objects: 'objects',
};
