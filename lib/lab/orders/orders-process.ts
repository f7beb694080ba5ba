import type { Server } from 'node:http';
import type { DatabaseAccess } from './database-access';
import { createOrderStore } from './order-store';
import { createOrderIndex, withIndex } from './order-index';
import type { OrderEventsOptions } from './order-events';
import { createOrderEvents } from './order-events';
import { withEvents } from './with-events';
import type { ReceiptsOptions } from './order-receipts';
import { createOrderReceipts } from './order-receipts';
import { withReceipts } from './with-receipts';
import type { RedisAccess } from './redis-access';
import { watchRedisWriter } from './redis-writer';
import { createOrdersServer } from './server';
import { createWriterDiscovery } from './writer-discovery';

export interface OrdersProcessOptions {
  readonly zone: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly access: DatabaseAccess;
  /** Absent: orders are kept in PostgreSQL alone. */
  readonly redis?: RedisAccess;
  /** Absent: an order has no receipt. */
  readonly objects?: ReceiptsOptions;
  /** Absent: an order has no event. */
  readonly kafka?: OrderEventsOptions;
  readonly requestDeadlineMs?: number;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

export interface OrdersProcess {
  readonly port: number;
  /** Answers what is under way, takes nothing new, then lets go of the database. */
  drain(): Promise<void>;
}

const listening = (server: Server, at: { host: string; port: number }): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : at.port);
    });
  });

/** Above the deadline of a request: what is left then is a client that does not finish its own request. */
const DRAIN_LIMIT_MS = 2_000;

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), DRAIN_LIMIT_MS);
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
    server.closeIdleConnections();
  });

const followRedis = (access: RedisAccess, log: OrdersProcessOptions['log']) => {
  const writer = watchRedisWriter(access);
  writer.onChange((at) => log({ event: 'redis-writer', zone: at?.zone ?? null }));
  return { writer, index: createOrderIndex(access, writer) };
};

/** The sample workload's API. @throws the listen error when its address is taken. */
export const startOrders = async (options: OrdersProcessOptions): Promise<OrdersProcess> => {
  const { zone, access, log } = options;
  const discovery = createWriterDiscovery(access);
  discovery.onChange((writer) => log({ event: 'writer', zone, writer: writer?.host ?? null }));
  const orders = createOrderStore({ access, discovery, zone });
  const redis = options.redis === undefined ? null : followRedis(options.redis, log);
  const indexed = redis === null ? orders : withIndex(orders, redis.index);
  const receipts = options.objects === undefined ? null : createOrderReceipts(options.objects);
  const kept = receipts === null ? indexed : withReceipts(indexed, receipts, log);
  const store = options.kafka === undefined ? kept : withEvents(kept, createOrderEvents(options.kafka), log);
  const release = async (): Promise<void> => {
    store.close();
    await Promise.all([discovery.close(), redis?.writer.close()]);
  };
  const { requestDeadlineMs } = options;
  const server = createOrdersServer({
    zone,
    store,
    discovery,
    ...(redis === null ? {} : { indexWriter: () => redis.writer.current()?.zone ?? null }),
    ...(receipts === null ? {} : { receiptsWriter: receipts.writer }),
    ...(requestDeadlineMs === undefined ? {} : { requestDeadlineMs }),
  });
  try {
    const port = await listening(server, options.listen);
    return { port, drain: () => closed(server).then(release) };
  } catch (error) {
    await release();
    throw error;
  }
};
