import type { Operation, Outcome, Seat } from '../../../lib/domain/protocol/seat';
import {
  failoversIn,
  nothingClaimed,
  oneHolderAnEpoch,
  provenBy,
  raceDifferences,
} from '../../../lib/lab/scenarios/claims';

const seat = (patch: Partial<Seat> = {}): Seat => ({
  workload: 'orders',
  epoch: 1,
  writer: 'az-a',
  eligible: null,
  beside: {},
  operation: null,
  cooldownUntilMs: 0,
  lastOutcome: null,
  drill: null,
  nonce: '',
  ...patch,
});
const held = (kind: Operation['kind'], epoch: number, patch: Partial<Operation> = {}): Seat => {
  const operation = {
    kind,
    stores: ['postgres'],
    epoch,
    to: 'az-b',
    execution: `orders-e${epoch}`,
    reason: 'seen',
    ...patch,
  };
  return seat({ epoch, operation: operation as Operation });
};
const ended = (kind: Outcome['kind'], result: Outcome['result'], epoch: number, to = 'az-b'): Seat =>
  seat({
    epoch,
    lastOutcome: { epoch, kind, stores: ['postgres'], result, from: 'az-a', to, reason: '', atMs: 0 },
  });

describe('what the seat showed', () => {
  const claim = held('failover', 2);

  test('an operation of many phases is one claim, and its takeover another of the same execution', () => {
    const takeover = held('failover', 3, { execution: 'orders-e2' });
    expect(failoversIn([claim, claim, held('degrade', 4), takeover]).map(({ epoch }) => epoch)).toEqual([
      2, 3,
    ]);
    expect(oneHolderAnEpoch([claim, claim, takeover])).toEqual([]);
  });

  test('two executions at one epoch are named', () => {
    expect(oneHolderAnEpoch([claim, held('failover', 2, { execution: 'a person' })])).toEqual([
      expect.stringMatching(/one execution at epoch 2 wanted, .* orders-e2 and a person/),
    ]);
  });

  test('an epoch that grew is an operation, also one that nobody saw', () => {
    expect(nothingClaimed([seat(), seat()], 1)).toEqual([]);
    expect(nothingClaimed([seat(), held('degrade', 2)], 1)).toEqual([
      expect.stringMatching(/epoch 1 became 2: degrade at epoch 2 \(seen\)/),
    ]);
    expect(nothingClaimed([seat({ epoch: 3 })], 1)).toEqual([expect.stringMatching(/became 3: unseen/)]);
  });
});

const ofRedis = (kind: Outcome['kind']): Seat => {
  const { lastOutcome, ...rest } = ended(kind, 'completed', 5);
  return { ...rest, lastOutcome: { ...(lastOutcome as Outcome), stores: ['redis'] } };
};

describe('the return of a standby', () => {
  const returned = ended('rejoin', 'completed', 3);

  test.each([
    ['nothing on record', [seat()], null],
    ['a rejoin that completed', [ended('degrade', 'completed', 2), returned], 3],
    ['a move since then that was undone', [returned, ended('failover', 'rolled-back', 4)], 3],
    ['a degrade since then', [returned, ended('degrade', 'completed', 4)], null],
    ['a rejoin that was given up', [ended('rejoin', 'released', 3)], null],
    ['what became of another store since then', [returned, ofRedis('degrade')], 3],
    ['only that of another store', [ofRedis('rejoin')], null],
    ['a rejoin of the other zone', [ended('rejoin', 'completed', 3, 'az-a')], null],
  ])('%s', (_what, seats, proof) => {
    expect(provenBy(seats, 'az-b')).toBe(proof);
  });

  const race = (seats: readonly Seat[], ...seen: readonly number[]) =>
    raceDifferences({ name: 'race 1', seats, target: 'az-b', seenToHold: new Set(seen) });
  const claim = { ...held('failover', 4), eligible: 'az-b' };

  test('is on record before each promotion, by its outcome and by its journal', () => {
    expect(race([seat(), returned, claim], 3)).toEqual([]);
    const late = [expect.stringMatching(/race 1: az-b promoted at epoch 4, its return was not on record/)];
    expect(race([seat(), returned, claim])).toEqual(late);
    expect(race([seat(), claim, returned], 3)).toEqual(late);
  });

  test('is not asked for by a move of another store', () => {
    const alone = { ...held('failover', 4, { stores: ['redis'] }), eligible: 'az-b' };
    expect(race([seat(), alone])).toEqual([]);
  });

  test('that is on record is answered by a promotion', () => {
    expect(race([seat()])).toEqual([]);
    expect(race([seat(), returned], 3)).toEqual([
      expect.stringMatching(/race 1: held, although the return of az-b was on record at epoch 3/),
    ]);
  });
});
