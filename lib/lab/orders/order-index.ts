import type { Deadline } from '../../engines/deadline';
import { startDeadline } from '../../engines/deadline';
import type { Connection } from '../../engines/redis/replica/connection';
import type { OrderRequest, PlaceOutcome } from './order';
import { REFUSAL } from './order';
import type { OrderStore } from './order-store';
import type { RedisAccess, RedisServerAddress } from './redis-access';
import { openRedis } from './redis-access';
import type { RedisWriter } from './redis-writer';
import { redisKeyOf } from './schema';

type Refused = Extract<PlaceOutcome, { kind: 'refused' }>;

/** The orders' idempotency keys and their counter, in Redis. */
export interface OrderIndex {
  /** Null: it holds the order, on both sides if Evac asks for that. Deadlines are instants on performance.now()'s clock. */
  add(
    request: OrderRequest,
    deadlineMs: number,
  ): Promise<Exclude<PlaceOutcome, { kind: 'acknowledged' }> | null>;
  close(): void;
}

/** As many as PostgreSQL's: each waits for the replica by itself. */
const MAX_SESSIONS = 20;

const COUNTER = 'orders:count';
const REPLAYS = 'orders:replays';

/**
 * The key once, the counter once; a key seen before writes too, so that waiting for the replica covers what an interrupted
 * write left on the primary alone. In the same instant it is read who must have the write (docs/decisions).
 */
const ADD = `if redis.call('SET', KEYS[1], ARGV[1], 'NX') then redis.call('INCR', KEYS[2])
else redis.call('INCR', KEYS[3]) end
return {redis.call('GET', KEYS[1]), redis.call('HGET', 'evac:fence', 'standby')}`;

const refused = (refusal: Refused['refusal'], written: Refused['written']): Refused => ({
  kind: 'refused',
  refusal,
  written,
});

/** Sessions to one server, for as long as it is the writer. */
const createSessionPool = (access: RedisAccess, at: RedisServerAddress) => {
  const idle: Connection[] = [];
  let open = 0;
  let isDropped = false;
  const give = (connection: Connection): void => {
    if (!isDropped && connection.isOpen()) return void idle.push(connection);
    connection.close();
    open -= 1;
  };
  return {
    at,
    /** Null: all are in use. */
    take: async (deadline: Deadline): Promise<Connection | null> => {
      for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
        if (known.isOpen()) return known;
        open -= 1;
      }
      if (open >= MAX_SESSIONS) return null;
      open += 1;
      try {
        return await openRedis(access, at, deadline);
      } catch (error) {
        open -= 1;
        throw error;
      }
    },
    give,
    discard: (connection: Connection): void => {
      connection.close();
      open -= 1;
    },
    drop: (): void => {
      isDropped = true;
      for (const connection of idle.splice(0)) connection.close();
    },
  };
};

const addOn = async (
  connection: Connection,
  { id, idempotencyKey }: OrderRequest,
  deadline: Deadline,
): Promise<Exclude<PlaceOutcome, { kind: 'acknowledged' }> | null> => {
  const keys = [redisKeyOf(idempotencyKey), COUNTER, REPLAYS];
  const reply = await connection.run(['EVAL', ADD, keys.length, ...keys, id], deadline);
  const [kept, standby] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  if (kept !== id) return { kind: 'conflict', message: 'this Idempotency-Key was used for another order' };
  if (standby === '') return null;
  // A standby that cannot be told is awaited: alone is said by an empty name, and by nothing else.
  const waitMs = Math.max(1, Math.floor(deadline.remainingMs() - LAST_MS));
  const acknowledged = await connection.run(['WAIT', 1, waitMs], deadline);
  return typeof acknowledged === 'number' && acknowledged >= 1
    ? null
    : refused(REFUSAL.indexNotReplicated, 'unknown');
};

/** WAIT must answer before the session's own deadline ends it, and an idle server looks at its clock ten times a second. */
const LAST_MS = 120;

export const createOrderIndex = (access: RedisAccess, writer: RedisWriter): OrderIndex => {
  let pool: ReturnType<typeof createSessionPool> | null = null;
  const follow = (at: RedisServerAddress | null): void => {
    pool?.drop();
    pool = at === null ? null : createSessionPool(access, at);
  };
  follow(writer.current());
  const stop = writer.onChange(follow);
  const addTo = async (
    target: NonNullable<typeof pool>,
    request: OrderRequest,
    deadline: Deadline,
  ): ReturnType<OrderIndex['add']> => {
    const connection = await target.take(deadline).catch(() => null);
    if (connection === null) {
      writer.lookNow();
      return refused(REFUSAL.indexBusy, 'unknown');
    }
    try {
      const outcome = await addOn(connection, request, deadline);
      target.give(connection);
      return outcome;
    } catch {
      // Whatever it was, the write may be there; the same key is tried again on whoever writes then.
      target.discard(connection);
      writer.lookNow();
      return refused(REFUSAL.indexLost, 'unknown');
    }
  };
  return {
    add: async (request, deadlineMs) => {
      const deadline = startDeadline(Math.max(0, deadlineMs - performance.now()));
      if (pool === null) {
        writer.lookNow();
        return refused(REFUSAL.noIndex, 'unknown');
      }
      return addTo(pool, request, deadline);
    },
    close: () => {
      stop();
      pool?.drop();
    },
  };
};

/** An order is acknowledged when both have it; PostgreSQL first, so that an index never names an order that is not there. */
export const withIndex = (store: OrderStore, index: OrderIndex): OrderStore => ({
  ...store,
  place: async (request, deadlineMs, isWanted) => {
    const outcome = await store.place(request, deadlineMs, isWanted);
    if (outcome.kind !== 'acknowledged') return outcome;
    // Of a key seen before it is the first order that PostgreSQL keeps.
    return (await index.add({ ...request, id: outcome.order.id }, deadlineMs)) ?? outcome;
  },
  close: () => {
    index.close();
    store.close();
  },
});
