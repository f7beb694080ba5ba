import type { OrderEvents } from '../lib/lab/orders/order-events';

/** An order's own deadline in these measurements, ms: far more than any pause. */
const PATIENCE_MS = 15_000;

/** One client that publishes an event after the other; the instants of what was acknowledged. */
export const startEventLoad = (events: OrderEvents) => {
  const acknowledged: number[] = [];
  const ids: string[] = [];
  let stopped = false;
  const run = async (): Promise<void> => {
    for (let turn = 0; !stopped; turn += 1) {
      const id = `bench-${turn}`;
      await events.publish({ id, value: id }, PATIENCE_MS);
      acknowledged.push(performance.now());
      ids.push(id);
    }
  };
  const running = run();
  // Whoever stops the load hears of it; until then it must not end the process with the brokers left behind.
  running.catch(() => undefined);
  return {
    ids,
    acknowledgedSince: (instantMs: number): number => acknowledged.filter((at) => at > instantMs).length,
    /** The longest time without an acknowledgement around and after an instant, ms. */
    longestGapMs: (sinceMs: number): number => {
      const first = acknowledged.findLastIndex((at) => at <= sinceMs);
      const seen = acknowledged.slice(Math.max(0, first));
      return Math.max(0, ...seen.slice(1).map((at, index) => at - (seen[index] ?? at)));
    },
    stop: async (): Promise<void> => {
      stopped = true;
      await running;
    },
  };
};
