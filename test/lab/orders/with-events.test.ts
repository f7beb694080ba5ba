import type { PlaceOutcome } from '../../../lib/lab/orders/order';
import type { OrderEvent } from '../../../lib/lab/orders/order-events';
import { withEvents } from '../../../lib/lab/orders/with-events';
import { DeadlineExceeded } from '../../../lib/domain/errors';

const request = { id: 'o1', idempotencyKey: 'k1', amount: 5, body: '{}' };
const acknowledged: PlaceOutcome = {
  kind: 'acknowledged',
  order: { id: 'first', amount: '5', acceptedZone: 'az-a' },
  replayed: true,
  writer: 'az-a',
};

const setUp = (outcome: PlaceOutcome, publish: (event: OrderEvent) => Promise<void>) => {
  const published: OrderEvent[] = [];
  const closed: string[] = [];
  const lines: unknown[] = [];
  const store = withEvents(
    { place: async () => outcome, find: async () => undefined, close: () => void closed.push('store') },
    {
      publish: async (event) => {
        published.push(event);
        await publish(event);
      },
      close: () => void closed.push('events'),
    },
    (line) => void lines.push(line),
  );
  return { store, published, closed, lines };
};

describe('an order with an event', () => {
  it('is acknowledged when the quorum has its event, of a key seen before under the first order’s id', async () => {
    const { store, published, closed } = setUp(acknowledged, async () => undefined);
    expect(await store.place(request, performance.now() + 100)).toBe(acknowledged);
    expect(published.map(({ id, value }) => [id, JSON.parse(value) as unknown])).toEqual([
      ['first', { type: 'order-placed', id: 'first', amount: '5' }],
    ]);
    store.close();
    expect(closed).toEqual(['events', 'store']);
  });

  it('is not acknowledged when it is not known whether the event is there, and says why in its log', async () => {
    const { store, lines } = setUp(acknowledged, () => Promise.reject(new DeadlineExceeded('in 90 ms')));
    expect(await store.place(request, performance.now() + 90)).toEqual({
      kind: 'refused',
      refusal: 'event-unknown',
      written: 'unknown',
    });
    expect(lines).toEqual([
      { event: 'order-event-unknown', id: 'first', why: expect.stringContaining('in 90 ms') as string },
    ]);
  });

  it('has none when the order was not taken', async () => {
    const refused: PlaceOutcome = { kind: 'refused', refusal: 'read-only', written: 'no' };
    const { store, published } = setUp(refused, async () => undefined);
    expect(await store.place(request, performance.now() + 90)).toBe(refused);
    expect(published).toEqual([]);
  });
});
