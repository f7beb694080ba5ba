import type { PlaceOutcome } from '../../../lib/lab/orders/order';
import type { Receipt, ReceiptOutcome } from '../../../lib/lab/orders/order-receipts';
import { withReceipts } from '../../../lib/lab/orders/with-receipts';

const request = { id: 'o1', idempotencyKey: 'k1', amount: 5, body: '{}' };
const acknowledged: PlaceOutcome = {
  kind: 'acknowledged',
  order: { id: 'first', amount: '5', acceptedZone: 'az-a' },
  replayed: true,
  writer: 'az-a',
};
const refused: PlaceOutcome = { kind: 'refused', refusal: 'no-writer', written: 'no' };

const setUp = (outcome: PlaceOutcome, kept: ReceiptOutcome) => {
  const receipts: Receipt[] = [];
  const closed: string[] = [];
  const lines: unknown[] = [];
  const store = withReceipts(
    { place: async () => outcome, find: async () => undefined, close: () => void closed.push('store') },
    {
      put: async (receipt) => {
        receipts.push(receipt);
        return kept;
      },
      writer: () => 'az-a',
      read: () => Promise.reject(new Error('nobody reads here')),
      close: async () => void closed.push('receipts'),
    },
    (line) => void lines.push(line),
  );
  return { store, receipts, closed, lines };
};

const soon = () => performance.now() + 100;

describe('an order with a receipt', () => {
  it('is acknowledged when its receipt is kept, of a key seen before under the first order’s id', async () => {
    const { store, receipts, closed } = setUp(acknowledged, { kind: 'kept', zone: 'az-a' });
    expect(await store.place(request, soon())).toBe(acknowledged);
    expect(receipts.map(({ id, body }) => [id, JSON.parse(body) as unknown])).toEqual([
      ['first', { type: 'receipt', id: 'first', amount: 5 }],
    ]);
    store.close();
    expect(closed).toEqual(['receipts', 'store']);
  });

  it('that nobody has gets none', async () => {
    const { store, receipts } = setUp(refused, { kind: 'kept', zone: 'az-a' });
    expect(await store.place(request, soon())).toBe(refused);
    expect(receipts).toEqual([]);
  });

  it.each<[ReceiptOutcome, PlaceOutcome]>([
    [
      { kind: 'refused', refusal: 'receipt-store-lost' },
      { kind: 'refused', refusal: 'receipt-store-lost', written: 'unknown' },
    ],
    [
      { kind: 'refused', refusal: 'no-receipt-writer' },
      { kind: 'refused', refusal: 'no-receipt-writer', written: 'unknown' },
    ],
    [
      { kind: 'conflict', message: 'another receipt is kept under first' },
      { kind: 'conflict', message: 'another receipt is kept under first' },
    ],
  ])('is not acknowledged without one: %j', async (kept, wanted) => {
    const { store, lines } = setUp(acknowledged, kept);
    expect(await store.place(request, soon())).toEqual(wanted);
    expect(lines).toHaveLength(1);
  });
});
