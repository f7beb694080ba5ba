import { EvacError } from '../../domain/errors';
import type { DatabaseAccess } from '../orders/database-access';
import type { OrderEventsOptions } from '../orders/order-events';
import { createOrderEvents } from '../orders/order-events';
import { createOrderIndex } from '../orders/order-index';
import { createOrderStore } from '../orders/order-store';
import type { RedisAccess } from '../orders/redis-access';
import { watchRedisWriter } from '../orders/redis-writer';
import { createWriterDiscovery } from '../orders/writer-discovery';

/** How the workload writes to one store, without the others. */
export interface StoreWrites {
  write(id: string, timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const requestOf = (id: string) => ({ id, idempotencyKey: id, amount: 1, body: '{}' });
const until = (timeoutMs: number): number => performance.now() + timeoutMs;

export const postgresWrites = (access: DatabaseAccess): StoreWrites => {
  const discovery = createWriterDiscovery(access);
  const orders = createOrderStore({ access, discovery, zone: 'clients' });
  return {
    write: async (id, timeoutMs) =>
      (await orders.place(requestOf(id), until(timeoutMs))).kind === 'acknowledged',
    close: async () => {
      orders.close();
      await discovery.close();
    },
  };
};

export const redisWrites = (access: RedisAccess): StoreWrites => {
  const writer = watchRedisWriter(access);
  const index = createOrderIndex(access, writer);
  return {
    write: async (id, timeoutMs) => (await index.add(requestOf(id), until(timeoutMs))) === null,
    close: async () => {
      index.close();
      await writer.close();
    },
  };
};

export const kafkaWrites = (options: OrderEventsOptions): StoreWrites => {
  const events = createOrderEvents(options);
  return {
    write: async (id, timeoutMs) => {
      try {
        await events.publish({ id, value: id }, timeoutMs);
        return true;
      } catch (error) {
        // It may be there: the same id is published again.
        if (error instanceof EvacError) return false;
        throw error;
      }
    },
    close: async () => events.close(),
  };
};
