import type { PoolClient } from 'pg';
import type { DatabaseAccess, DatabaseHost } from './database-access';
import { hostName } from './database-access';
import type { OrderRequest, PlaceOutcome, Refusal, StoredOrder } from './order';
import { REFUSAL } from './order';
import type { WriterPool } from './writer-pool';
import { createWriterPool, failureOf } from './writer-pool';
import type { WriterDiscovery } from './writer-discovery';

export interface OrderStore {
  /** Writes nothing any more once `isWanted` says that the client has gone, unless the statement was sent already. */
  place(request: OrderRequest, deadlineMs: number, isWanted?: () => boolean): Promise<PlaceOutcome>;
  /** undefined = there is no such order; 'unavailable' = nobody could be asked in time. */
  find(id: string, deadlineMs: number): Promise<StoredOrder | undefined | 'unavailable'>;
  close(): void;
}

export interface OrderStoreOptions {
  readonly access: DatabaseAccess;
  readonly discovery: WriterDiscovery;
  readonly zone: string;
}

/** A switch of the writer is over in less; longer waits only pile up requests. */
const WAIT_FOR_WRITER_MS = 100;

/**
 * One statement, one commit. A key seen before writes too (DO UPDATE), so that its commit waits for the standby:
 * DO NOTHING would acknowledge a row that an earlier, interrupted commit left on the primary alone.
 */
const PLACE_SQL = `INSERT INTO orders.orders AS kept (id, idempotency_key, amount, body, accepted_zone)
VALUES ($1, $2, $3, $4::jsonb, $5)
ON CONFLICT (idempotency_key) DO UPDATE SET replays = kept.replays + 1
RETURNING id, amount::text AS amount, accepted_zone AS "acceptedZone", replays, body = $4::jsonb AS same`;
const FIND_SQL = `SELECT id, amount::text AS amount, accepted_zone AS "acceptedZone" FROM orders.orders WHERE id = $1`;

interface PlacedRow extends StoredOrder {
  readonly replays: number;
  readonly same: boolean;
}

const refused = (refusal: Refusal, written: 'no' | 'unknown'): PlaceOutcome => ({
  kind: 'refused',
  refusal,
  written,
});

/**
 * Runs one statement and says whether the server warned meanwhile. A cancelled wait for the synchronous standby
 * ends as a *successful* commit with a warning, and its text depends on the server's language; so any warning counts.
 */
const runNoticing = async <Row extends object>(client: PoolClient, text: string, values: unknown[]) => {
  let warned = false;
  const notice = (): void => {
    warned = true;
  };
  client.on('notice', notice);
  try {
    const { rows } = await client.query<Row>(text, values);
    return { row: rows[0], warned };
  } finally {
    client.off('notice', notice);
  }
};

const acknowledgement = (row: PlacedRow | undefined, at: DatabaseHost): PlaceOutcome => {
  if (row === undefined) return refused(REFUSAL.rejected, 'unknown');
  if (!row.same) return { kind: 'conflict', message: 'this Idempotency-Key was used for another order' };
  const { id, amount, acceptedZone } = row;
  return {
    kind: 'acknowledged',
    order: { id, amount, acceptedZone },
    replayed: row.replays > 0,
    writer: hostName(at),
  };
};

const within = async <T>(work: Promise<T>, deadlineMs: number, late: T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const alarm = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), Math.max(0, deadlineMs - performance.now()));
  });
  return Promise.race([work, alarm]).finally(() => clearTimeout(timer));
};

/** Orders on whichever host is the writer. Deadlines are instants on performance.now()'s clock. */
export const createOrderStore = ({ access, discovery, zone }: OrderStoreOptions): OrderStore => {
  let pool: WriterPool | null = null;
  const follow = (writer: DatabaseHost | null): void => {
    pool?.drop();
    pool = writer === null ? null : createWriterPool(access, writer);
  };
  follow(discovery.writer());
  const stop = discovery.onChange(follow);
  const currentPool = async (deadlineMs: number): Promise<WriterPool | null> => {
    const leftMs = Math.max(0, deadlineMs - performance.now());
    await discovery.waitForWriter(Math.min(WAIT_FOR_WRITER_MS, leftMs));
    return pool;
  };

  const afterFailure = (at: DatabaseHost, error: unknown): PlaceOutcome => {
    const { kind, written } = failureOf(error);
    if (kind === 'duplicate-id') return { kind: 'conflict', message: 'an order with this id exists already' };
    if (kind === 'rejected') return refused(REFUSAL.rejected, written);
    if (kind === 'read-only') discovery.watchOf(at)?.distrust();
    else discovery.watchOf(at)?.lookNow();
    return refused(kind === 'read-only' ? REFUSAL.readOnly : REFUSAL.connectionLost, written);
  };

  const placeOn = async (
    client: PoolClient,
    at: DatabaseHost,
    request: OrderRequest,
  ): Promise<PlaceOutcome> => {
    const { id, idempotencyKey, amount, body } = request;
    try {
      const values = [id, idempotencyKey, amount, body, zone];
      const { row, warned } = await runNoticing<PlacedRow>(client, PLACE_SQL, values);
      client.release();
      discovery.watchOf(at)?.noteAlive();
      return warned ? refused(REFUSAL.notReplicated, 'unknown') : acknowledgement(row, at);
    } catch (error) {
      const outcome = afterFailure(at, error);
      client.release(outcome.kind === 'refused');
      return outcome;
    }
  };

  const place = async (
    request: OrderRequest,
    deadlineMs: number,
    isWanted: () => boolean,
  ): Promise<PlaceOutcome> => {
    if (performance.now() >= deadlineMs) return refused(REFUSAL.deadline, 'no');
    const target = await currentPool(deadlineMs);
    if (target === null) return refused(REFUSAL.noWriter, 'no');
    const client = await target.connect().catch(() => null);
    if (client === null) {
      discovery.watchOf(target.at)?.lookNow();
      return refused(REFUSAL.busy, 'no');
    }
    if (performance.now() >= deadlineMs || !isWanted()) {
      client.release();
      return refused(REFUSAL.deadline, 'no');
    }
    return placeOn(client, target.at, request);
  };

  const find = async (id: string, deadlineMs: number): Promise<StoredOrder | undefined | 'unavailable'> => {
    const client = await (await currentPool(deadlineMs))?.connect().catch(() => null);
    if (client === null || client === undefined) return 'unavailable';
    try {
      const { row } = await runNoticing<StoredOrder>(client, FIND_SQL, [id]);
      client.release();
      return row;
    } catch {
      client.release(true);
      return 'unavailable';
    }
  };

  return {
    // What is late goes on and gives its session back when it ends: the client is told 'unknown', which is true.
    place: (request, deadlineMs, isWanted = () => true) =>
      within(place(request, deadlineMs, isWanted), deadlineMs, refused(REFUSAL.deadline, 'unknown')),
    find: (id, deadlineMs) => within(find(id, deadlineMs), deadlineMs, 'unavailable'),
    close: () => {
      stop();
      pool?.drop();
    },
  };
};
