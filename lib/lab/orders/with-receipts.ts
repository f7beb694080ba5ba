import type { PlaceOutcome, Refusal } from './order';
import { REFUSAL } from './order';
import type { OrderReceipts, ReceiptRefusal } from './order-receipts';
import { RECEIPT_REFUSAL } from './order-receipts';
import type { OrderStore } from './order-store';

const REFUSALS: Readonly<Record<ReceiptRefusal, Refusal>> = {
  [RECEIPT_REFUSAL.noWriter]: REFUSAL.noReceiptWriter,
  [RECEIPT_REFUSAL.lost]: REFUSAL.receiptLost,
};

/** As a number, however the database writes it: a retry has to say the same. */
const bodyOf = (id: string, amount: string): string =>
  JSON.stringify({ type: 'receipt', id, amount: Number(amount) });

/**
 * An order is acknowledged when the writer's store of objects has its receipt, too. Without it nobody could say afterwards
 * which receipts an emergency lost; so while that store is away orders wait for Evac to move it, as they do for Kafka.
 */
export const withReceipts = (
  store: OrderStore,
  receipts: OrderReceipts,
  log: (line: Readonly<Record<string, unknown>>) => void,
): OrderStore => ({
  ...store,
  place: async (request, deadlineMs, isWanted): Promise<PlaceOutcome> => {
    const outcome = await store.place(request, deadlineMs, isWanted);
    if (outcome.kind !== 'acknowledged') return outcome;
    const { id, amount } = outcome.order;
    const kept = await receipts.put({ id, body: bodyOf(id, amount) }, deadlineMs);
    if (kept.kind === 'kept') return outcome;
    log({ event: 'order-without-receipt', id, why: kept.kind === 'refused' ? kept.refusal : kept.message });
    if (kept.kind === 'conflict') return kept;
    return { kind: 'refused', refusal: REFUSALS[kept.refusal], written: 'unknown' };
  },
  close: () => {
    void receipts.close();
    store.close();
  },
});
