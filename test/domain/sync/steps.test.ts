import type { SyncFacts } from '../../../lib/domain/sync/steps';
import { isTold, nextSyncStep, refuseVerb } from '../../../lib/domain/sync/steps';
import { NOW_MS } from '../decision/world';
import { failoverAt } from '../../state/seats';

const hold = { how: 'paused', by: 'ana', reason: 'r', sinceMs: NOW_MS, request: 'mine' } as const;
const proven = { writer: 'az-a', eligible: 'az-b', cooldownUntilMs: 0 };
const nobody = { ...proven, eligible: null };
const factsWith = (changes: Partial<SyncFacts>): SyncFacts => ({
  ...{ verb: 'pause', store: 'redis', place: proven, copy: 'az-b', operation: null, lastOutcome: null },
  ...{ request: 'mine', claimed: null },
  ...changes,
});

it.each([
  ['postgres', true],
  ['redis', true],
  ['kafka', false],
  ['objects', true],
] as const)('the copy of %s may be told what to do: %s', (store, may) => expect(isTold(store)).toBe(may));

describe('the next step of what a person asked of a copy', () => {
  it.each<[string, Partial<SyncFacts>, object]>([
    ['the seat is held', { operation: failoverAt(3) }, { do: 'wait', for: 'the failover of epoch 3 to end' }],
    ['pause', {}, { do: 'degrade', how: 'paused' }],
    [
      'pause, held by another',
      { request: 'other', place: { ...nobody, hold } },
      { do: 'degrade', how: 'paused' },
    ],
    ['pause, done', { place: { ...nobody, hold } }, { do: 'done' }],
    ['stop', { verb: 'stop' }, { do: 'degrade', how: 'stopped' }],
    ['resume, held', { verb: 'resume', place: { ...nobody, hold } }, { do: 'let-go', heldBy: 'mine' }],
    ['resume, let go', { verb: 'resume', place: nobody }, { do: 'rejoin', anew: false }],
    ['start, claimed once', { verb: 'start', place: nobody, claimed: 9 }, { do: 'wait' }],
    ['start, there', { verb: 'start' }, { do: 'done' }],
    ['force-full', { verb: 'force-full' }, { do: 'degrade', how: 'rebuilding' }],
    ['force-full, marked', { verb: 'force-full', place: { ...nobody, hold } }, { do: 'rejoin', anew: true }],
    ['force-full, there', { verb: 'force-full', claimed: 9 }, { do: 'done' }],
    [
      'force-full, not there',
      { verb: 'force-full', claimed: 9, place: { ...nobody, hold } },
      { do: 'fail', sentence: expect.stringMatching(/epoch 9: nothing is on record/) },
    ],
    [
      'force-full, undone',
      {
        ...{ verb: 'force-full', claimed: 9, place: { ...nobody, hold } },
        lastOutcome: { ...failoverAt(9), result: 'released', atMs: 0, reason: 'full' },
      },
      { do: 'fail', sentence: expect.stringMatching(/epoch 9: full/) },
    ],
  ])('%s', (_what, changes, step) => {
    expect(nextSyncStep(factsWith(changes))).toMatchObject(step);
  });

  it('refuses every verb for what elects by itself', () => {
    expect(() => refuseVerb('stop', ['postgres', 'kafka'])).toThrow(/^stop is not possible for Kafka/);
    expect(() => refuseVerb('stop', ['postgres', 'redis', 'objects'])).not.toThrow();
  });
});
