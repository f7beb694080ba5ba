import type { Component } from '../domain/topology';

/** Batch size, interval, the lag objective and compression per component: the defaults of the `sync` table. */
export const SYNC_DEFAULTS = {
  postgres: { batchSize: 1000, intervalSeconds: 1, maxLagSeconds: 30, compression: true },
  redis: { batchSize: 100, intervalSeconds: 0.5, maxLagSeconds: 5, compression: false },
  kafka: { batchSize: 500, intervalSeconds: 2, maxLagSeconds: 60, compression: true },
  objects: { batchSize: 10, intervalSeconds: 5, maxLagSeconds: 300, compression: true },
} as const satisfies Record<Exclude<Component, 'api'>, SyncTable>;

interface SyncTable {
  readonly batchSize: number;
  readonly intervalSeconds: number;
  readonly maxLagSeconds: number;
  readonly compression: boolean;
}
