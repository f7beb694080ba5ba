import type { DatabaseAccess, DatabaseHost } from '../../../lib/lab/orders/database-access';
import { startOrders } from '../../../lib/lab/orders/orders-process';
import { ordersSchemaSql } from '../../../lib/lab/orders/schema';
import { waitUntil } from '../../../lib/lab/wait-until';
import type { PostgresServer } from './postgres-server';

export const accessTo = (hosts: readonly DatabaseHost[]): DatabaseAccess => ({
  hosts,
  database: 'postgres',
  user: 'orders',
  password: "it's a 'secret'",
  applicationName: 'orders-test',
});

/** The schema, the fence open: as Evac leaves it after AdmitWrites. */
export const installSchema = async (server: PostgresServer): Promise<void> => {
  await server.query(ordersSchemaSql(accessTo([]).password));
};
export const admitWrites = (server: PostgresServer) =>
  server.query('ALTER ROLE orders SET default_transaction_read_only = off');
export const terminateApi = (server: PostgresServer) =>
  server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'orders'`);

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

const call = async (url: string, init?: RequestInit): Promise<Answer> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000), ...init });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
};

/** The API on a free loopback port, with what a client can do to it. */
export const startApi = async (hosts: readonly DatabaseHost[], requestDeadlineMs = 800) => {
  const orders = await startOrders({
    zone: 'az-a',
    listen: { host: '127.0.0.1', port: 0 },
    access: accessTo(hosts),
    requestDeadlineMs,
    log: () => undefined,
  });
  const url = `http://127.0.0.1:${orders.port}`;
  const health = () => call(`${url}/healthz`);
  return {
    ...orders,
    url,
    postUntil: (deadline: string, body: unknown) =>
      call(`${url}/orders`, {
        method: 'POST',
        headers: { 'Idempotency-Key': 'until', 'X-Deadline': deadline },
        body: JSON.stringify(body),
      }),
    post: (key: string, body: unknown, signal?: AbortSignal) =>
      call(`${url}/orders`, {
        method: 'POST',
        headers: { 'Idempotency-Key': key },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      }),
    get: (path: string) => call(`${url}${path}`),
    health,
    untilWriter: (writer: string | null, timeoutMs = 5_000) =>
      waitUntil(
        { what: `writer ${writer}`, timeoutMs, everyMs: 5 },
        async () => (await health()).body['writer'] === writer,
      ),
  };
};

export type Api = Awaited<ReturnType<typeof startApi>>;
