import type { Place, SyncHold } from '../../../lib/domain/protocol/seat';
import type { SourceFacts } from '../../../lib/domain/sync/derive';
import { deriveSource } from '../../../lib/domain/sync/derive';
import { NOW_MS } from '../decision/world';
import { failoverAt } from '../../state/seats';
import { sampleWith } from './samples';

const hold = (how: SyncHold['how']): SyncHold => ({
  how,
  by: 'ana',
  reason: 'new disks in az-b',
  sinceMs: NOW_MS - 60_000,
  request: 'orders-s-1',
});

const place: Place = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 };
const factsWith = (changes: Partial<SourceFacts> = {}): SourceFacts => ({
  store: 'postgres',
  place,
  copy: 'az-b',
  operation: null,
  sample: sampleWith(),
  nowMs: NOW_MS,
  maxLagMs: 30_000,
  staleAfterMs: 10_000,
  failureThreshold: 3,
  ...changes,
});
const nobody = { ...place, eligible: null };
const failing = { error: 'the copy in az-b is failed: connection refused', lagSeconds: 2 };

describe('the status of a source', () => {
  it.each<[string, Partial<SourceFacts>, string, RegExp]>([
    ['proven and level', {}, 'in_sync', /^0 s behind \(0 bytes\); proven/],
    [
      'at its limit',
      { sample: sampleWith({ lagSeconds: 30, behind: null }) },
      'in_sync',
      /^30 s behind; proven/,
    ],
    ['beyond its limit', { sample: sampleWith({ lagSeconds: 30.1 }) }, 'lagging', /30.1 s .*limit is 30 s/],
    ['level, of what acknowledges alone', { store: 'objects' }, 'in_sync', /its copier follows/],
    ['not proven', { place: nobody }, 'syncing', /not proven/],
    ['never sampled', { sample: null }, 'unknown', /nobody has sampled it yet/],
    ['sampled long ago', { nowMs: NOW_MS + 10_001 }, 'unknown', /newest sample is 10 s old/],
    [
      'sampled before a move',
      { sample: sampleWith({ writer: 'az-b', copy: 'az-a' }) },
      'unknown',
      /before the move/,
    ],
    ['sampled of another copy', { copy: 'az-d' }, 'unknown', /before the move/],
    ['without a known lag', { sample: sampleWith({ lagSeconds: null }) }, 'unknown', /is not known/],
    [
      'failed too seldom',
      { sample: sampleWith({ ...failing, failedInARow: 2 }) },
      'unknown',
      /not often enough/,
    ],
    ['failed', { sample: sampleWith({ ...failing, failedInARow: 3 }) }, 'failed', /connection refused$/],
    [
      'paused',
      { place: { ...nobody, hold: hold('paused') } },
      'paused',
      /^paused by ana since 2027.*: new disks/,
    ],
    ['being rebuilt', { place: { ...nobody, hold: hold('rebuilding') } }, 'syncing', /^rebuilding by ana/],
    [
      'stopped, and still following',
      { place: { ...nobody, hold: hold('stopped') } },
      'stopped',
      /follows all the same$/,
    ],
    [
      'stopped, never sampled',
      { place: { ...nobody, hold: hold('stopped') }, sample: null },
      'stopped',
      /new disks in az-b$/,
    ],
    ['let go', { place: { ...place, hold: null } }, 'in_sync', /proven/],
    [
      'brought back',
      { place: nobody, operation: failoverAt(8, { kind: 'rejoin' }) },
      'syncing',
      /az-b is being brought back \(epoch 8\)/,
    ],
    [
      'beside another that is brought back',
      { place: nobody, operation: failoverAt(8, { kind: 'rejoin', stores: ['redis'] }) },
      'syncing',
      /not proven/,
    ],
    ['being moved', { operation: failoverAt(8) }, 'in_sync', /proven/],
  ])('%s', (_what, changes, status, reason) => {
    const derived = deriveSource(factsWith(changes));
    expect(derived.status).toBe(status);
    expect(derived.reason).toMatch(reason);
  });
});
