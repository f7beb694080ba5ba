import type { Outcome } from '../../../lib/domain/protocol/seat';
import type { DecisionRecord } from '../../../lib/ports/state-store';
import {
  endedAs,
  failedOverOnce,
  failoversWere,
  goesOnWithin,
  nothingLost,
  reasonGiven,
  serviceCameBack,
} from '../../../lib/lab/scenarios/expectations';
import type { Measured } from '../../../lib/lab/scenarios/scenario';

const outcome: Outcome = {
  epoch: 2,
  kind: 'failover',
  stores: ['postgres'],
  result: 'completed',
  from: 'az-a',
  to: 'az-b',
  reason: 'nothing of az-a answers',
  atMs: 1,
};
const decision = { scenario: 'zone-loss', operation: { from: 'az-a', to: 'az-b', kind: 'failover' } };
const claimed = { epoch: 2, decision } as unknown as DecisionRecord;

const good: Measured = {
  rtoSeconds: 1.4,
  gapSeconds: 1.3,
  lost: 0,
  lostAgeSeconds: 0,
  twoWriterMs: 0,
  alone: [{ store: 'objects', lost: 2, rpo_seconds: 300, limit_seconds: 300 }],
  failovers: [claimed],
  outcomes: [outcome],
};

describe('what the rows expect', () => {
  test('one good failover differs in nothing', () => {
    expect(failedOverOnce(good)).toEqual([]);
  });

  test.each([
    [nothingLost({ ...good, lost: 3 }), /3 acknowledged writes are missing/],
    [nothingLost({ ...good, twoWriterMs: 7 }), /two writers.*7 ms/],
    [
      nothingLost({ ...good, alone: [{ store: 'objects', lost: 2, rpo_seconds: 301, limit_seconds: 300 }] }),
      /objects: of 2 missing the oldest was 301 s old, its objective is 300 s/,
    ],
    [failoversWere(good, 0), /0 failover\(s\) wanted, 1 claimed: epoch 2 az-a→az-b \(zone-loss\)/],
    [failoversWere({ ...good, failovers: [] }, 1), /1 failover\(s\) wanted, 0 claimed: none/],
    [serviceCameBack({ ...good, rtoSeconds: null }), /not seen to become and to stay good/],
    [goesOnWithin({ ...good, gapSeconds: 2.5 }, 2), /within 2 s wanted.*2\.50 s/],
    [goesOnWithin({ ...good, gapSeconds: null }, 2), /could not be measured/],
    [endedAs(good, 'degrade', 'completed'), /a degrade that ended as completed wanted.*epoch 2 failover/],
    [
      reasonGiven([{ code: 'busy', sentence: 'held', numbers: {} }], 'cooldown', 'the second one held'),
      /the second one held: the reason cooldown wanted, given were: .*held/,
    ],
  ])('a difference is one sentence with its figures: %s', (differences, sentence) => {
    expect(differences).toEqual([expect.stringMatching(sentence)]);
  });

  test.each([
    [goesOnWithin(good, 2)],
    [endedAs(good, 'failover', 'completed')],
    [reasonGiven([{ code: 'cooldown', sentence: 'wait', numbers: {} }], 'cooldown', 'held')],
  ])('what is as wanted is not mentioned', (differences) => {
    expect(differences).toEqual([]);
  });
});
