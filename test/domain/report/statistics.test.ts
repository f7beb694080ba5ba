import { clientViewOf } from '../../../lib/domain/report/client-view';
import { foldOrders } from '../../../lib/domain/report/ledger-event';
import type { LedgerEvent } from '../../../lib/domain/report/ledger-event';
import { mean, secondsOf, spreadOf } from '../../../lib/domain/report/statistics';

describe('median and worst', () => {
  it.each([
    [[10, 9, 100], { count: 3, median: 10, worst: 100 }],
    [[100, 9, 10, 1], { count: 4, median: 9.5, worst: 100 }],
    [[null, 7, null], { count: 1, median: 7, worst: 7 }],
    [[null], { count: 0, median: null, worst: null }],
  ])('of %j', (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
  });

  it('mean and seconds', () => {
    expect([mean([1, 2, 6]), mean([]), secondsOf(1234.6)]).toEqual([3, null, 1.235]);
  });
});

describe('what the client saw, slice by slice', () => {
  const event = (t: LedgerEvent['t'], atMs: number): LedgerEvent => ({
    t,
    id: `o${atMs}`,
    key: 'k',
    startedAtMs: atMs,
    atMs,
    attempts: 1,
    status: null,
  });

  it('counts acknowledgements and failed attempts apart, each in its slice, the end left out', () => {
    const events = [
      event('start', 1_000),
      event('ack', 1_000),
      event('ack', 1_499),
      event('ack', 1_500),
      event('attempt-failed', 2_250),
      event('fail', 2_250),
      event('ack', 2_300),
      event('ack', 999),
    ];
    const view = clientViewOf(events, { faultAtMs: 2_000, fromMs: 1_000, untilMs: 2_300, binMs: 500 });
    expect(view).toEqual({ bin_seconds: 0.5, from_seconds: -1, acknowledged: [2, 1, 1], failed: [0, 0, 1] });
  });

  it('is empty where nothing was looked at', () => {
    const view = clientViewOf([event('ack', 5)], { faultAtMs: 0, fromMs: 10, untilMs: 5, binMs: 1 });
    expect(view).toMatchObject({ acknowledged: [], failed: [] });
  });

  it('orders come by their start, with every failed attempt', () => {
    const order = (t: LedgerEvent['t'], id: string, startedAtMs: number, atMs: number): LedgerEvent => ({
      ...event(t, atMs),
      id,
      startedAtMs,
    });
    const orders = foldOrders([
      order('start', 'late', 20, 20),
      order('attempt-failed', 'late', 20, 25),
      order('attempt-failed', 'late', 20, 30),
      order('start', 'early', 10, 10),
    ]);
    expect(orders.map(({ id }) => id)).toEqual(['early', 'late']);
    expect(orders.map(({ failedAttemptAtMs }) => failedAttemptAtMs)).toEqual([[], [25, 30]]);
  });
});
