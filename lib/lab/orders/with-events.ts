import type { PlaceOutcome } from './order';
import { REFUSAL } from './order';
import type { OrderEvents } from './order-events';
import type { OrderStore } from './order-store';

const notKnown: PlaceOutcome = { kind: 'refused', refusal: REFUSAL.eventUnknown, written: 'unknown' };

/**
 * An order is acknowledged when the quorum has its event, too; last, so that consumers never hear of an order that is not
 * there. Of a key seen before it is published again: consumers take the second as the first.
 */
export const withEvents = (
  store: OrderStore,
  events: OrderEvents,
  log: (line: Readonly<Record<string, unknown>>) => void,
): OrderStore => ({
  ...store,
  place: async (request, deadlineMs, isWanted) => {
    const outcome = await store.place(request, deadlineMs, isWanted);
    if (outcome.kind !== 'acknowledged') return outcome;
    const { id, amount } = outcome.order;
    try {
      const event = { id, value: JSON.stringify({ type: 'order-placed', id, amount }) };
      await events.publish(event, Math.max(1, deadlineMs - performance.now()));
      return outcome;
    } catch (error) {
      log({ event: 'order-event-unknown', id, why: String(error) });
      return notKnown;
    }
  },
  close: () => {
    events.close();
    store.close();
  },
});
