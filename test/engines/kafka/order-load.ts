import type { OrderEvents } from '../../../lib/lab/orders/order-events';

/** Longer than an election takes: whoever waits for it is acknowledged after it. */
const clientDeadlineMs = 4_000;

/** Clients that publish events of orders one after another; what was acknowledged, is kept with its instant. */
export function startOrderLoad(events: OrderEvents, clients: number) {
  const acknowledged = new Map<string, number>();
  let stopped = false;
  const one = async (name: number): Promise<void> => {
    for (let turn = 0; !stopped; turn += 1) {
      const id = `${name}-${turn}`;
      await events.publish({ id, value: `order ${id}` }, clientDeadlineMs).then(
        () => acknowledged.set(id, performance.now()),
        () => undefined,
      );
    }
  };
  const running = Array.from({ length: clients }, (_, name) => one(name));
  return {
    acknowledged,
    stop: async (): Promise<void> => {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** The longest time in which nothing was acknowledged, ms. */
export function longestGapMs(acknowledged: ReadonlyMap<string, number>): number {
  const instants = [...acknowledged.values()].toSorted((one, other) => one - other);
  return Math.max(0, ...instants.slice(1).map((instant, index) => instant - (instants[index] ?? instant)));
}
