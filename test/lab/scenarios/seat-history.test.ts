import type { Outcome, Seat } from '../../../lib/domain/protocol/seat';
import type { SeatHistory } from '../../../lib/lab/scenarios/seat-history';
import { describeSeat, watchSeatHistory } from '../../../lib/lab/scenarios/seat-history';

const outcome = (epoch: number): Outcome => ({
  epoch,
  kind: 'failover',
  stores: ['postgres'],
  result: 'completed',
  from: 'az-a',
  to: 'az-b',
  reason: 'gone',
  atMs: 0,
});
const seat = (nonce: string, patch: Partial<Seat> = {}): Seat => ({
  workload: 'orders',
  epoch: 1,
  writer: 'az-a',
  eligible: 'az-b',
  beside: {},
  operation: null,
  cooldownUntilMs: 0,
  lastOutcome: null,
  drill: null,
  nonce,
  ...patch,
});

describe('the history of the seat', () => {
  let now: () => Promise<Seat | null> = async () => null;
  let history: SeatHistory;
  beforeEach(() => {
    now = async () => null;
    history = watchSeatHistory({ readSeat: () => now() });
  });
  afterEach(() => history.stop());

  test('notes each change once, through a store that does not answer for a while', async () => {
    now = async () => seat('a');
    await history.until('the first', 1_000, ({ nonce }) => nonce === 'a');
    now = async () => Promise.reject(new Error('silent'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    now = async () => seat('b', { epoch: 2, writer: 'az-b', eligible: null, lastOutcome: outcome(2) });
    await history.until('the second', 1_000, ({ writer }) => writer === 'az-b');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(history.all().map(({ seat: seen }) => seen.nonce)).toEqual(['a', 'b']);
    expect(history.outcomes().map(({ epoch }) => epoch)).toEqual([2]);
  });

  test('an outcome that was there before is none of the row', async () => {
    now = async () => seat('a', { lastOutcome: outcome(1) });
    await history.until('the first', 1_000, () => true);
    now = async () => seat('b', { lastOutcome: outcome(1), eligible: null });
    await history.until('the second', 1_000, ({ eligible }) => eligible === null);
    expect(history.outcomes()).toEqual([]);
  });

  test('from now on, the past does not count but the present does', async () => {
    now = async () => seat('a');
    await history.until('the first', 1_000, () => true);
    now = async () => seat('b', { eligible: null });
    await history.until('the second', 1_000, ({ nonce }) => nonce === 'b');
    await expect(history.fromNowUntil('the first again', 60, ({ nonce }) => nonce === 'a')).rejects.toThrow(
      /the first again: not within 60 ms; epoch 1, writer az-a, standby none, idle/,
    );
    expect((await history.fromNowUntil('the second', 60, ({ nonce }) => nonce === 'b')).seat.nonce).toBe('b');
  });

  test('a store that never answered is said so', async () => {
    await expect(history.until('anything', 40, () => true)).rejects.toThrow(/no seat was seen/);
  });

  test('a seat in one line: who writes, what runs, what was before', () => {
    const operation = { kind: 'failover', mode: 'emergency', from: 'az-a', to: 'az-b', phase: 'fenced' };
    const held = { ...seat('c'), operation: operation as Seat['operation'], lastOutcome: outcome(1) };
    expect(describeSeat(held)).toBe(
      'epoch 1, writer az-a, standby az-b, emergency failover az-a→az-b in phase fenced; last failover completed: gone',
    );
  });
});
