import type { SyncSample } from '../../../lib/domain/sync/sample';
import { NOW_MS } from '../decision/world';

/** A look that found the copy in az-b level with its writer in az-a. */
export const sampleWith = (changes: Partial<SyncSample> = {}): SyncSample => ({
  store: 'postgres',
  writer: 'az-a',
  copy: 'az-b',
  runId: 'run-1',
  round: 1,
  atMs: NOW_MS,
  lagSeconds: 0,
  behind: 0,
  perSecond: 100,
  follows: true,
  error: null,
  failedInARow: 0,
  copyBeaconMs: NOW_MS - 400,
  copyPosition: '0/3000000',
  ...changes,
});
