import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineExceeded, EvacError, Unreachable } from '../../domain/errors';
import type { ZoneId } from '../../domain/topology';
import type { Deadline } from '../../engines/deadline';
import { startDeadline } from '../../engines/deadline';
import type { BrokerAddress, Connection } from '../../engines/kafka/stretch/connection';
import { leaderIn, readTopicView } from '../../engines/kafka/stretch/find-leader';
import { Acks, produce } from '../../engines/kafka/stretch/log-calls';
import type { Sessions } from '../../engines/kafka/stretch/sessions';
import { createSessions } from '../../engines/kafka/stretch/sessions';
import { untilSettled } from '../../engines/kafka/stretch/settle';

export interface OrderEvent {
  /** The record's key: a retry carries the same one, and consumers take the second as the first. */
  readonly id: string;
  readonly value: string;
}

/** One event an order, in Kafka. */
export interface OrderEvents {
  /**
   * Resolves when the quorum has the event: only then may the order be acknowledged.
   * @throws DeadlineExceeded: the outcome is unknown, the event may be there now or later (§3b.14). Other errors: Kafka
   * refuses it for good.
   */
  publish(event: OrderEvent, timeoutMs: number): Promise<void>;
  close(): void;
}

export interface OrderEventsOptions {
  readonly endpoints: Readonly<Record<ZoneId, BrokerAddress>>;
  readonly topic: string;
}

/** How long one batch waits for a leader that stays the leader, ms; a busy quorum is only slow. */
const attemptMs = 1_500;
/** How often the other brokers are asked meanwhile whether it still is, ms: one that is frozen says nothing itself. */
const watchMs = 150;
/** After a failed attempt, ms: an election takes some tens of them. */
const retryMs = 20;
const maxBatch = 200;

interface Waiting {
  readonly event: OrderEvent;
  isSettled: boolean;
  settle(error: unknown): void;
}

interface Partition {
  readonly topic: string;
  readonly index: number;
}

interface Leader {
  readonly zone: ZoneId;
  readonly connection: Connection;
}

/** A session to whoever leads the partition now. */
async function openLeader(sessions: Sessions, at: Partition, attempt: Deadline): Promise<Leader> {
  const zone = leaderIn(await readTopicView(sessions, at.topic, attempt), at.index);
  return { zone, connection: await sessions.open(zone, attempt) };
}

/** False also while nobody says anything else. */
async function isReplaced(sessions: Sessions, at: Partition, { zone }: Leader): Promise<boolean> {
  try {
    const view = await readTopicView(sessions, at.topic, startDeadline(watchMs));
    return leaderIn(view, at.index) !== zone;
  } catch (error) {
    if (error instanceof EvacError) return false;
    throw error;
  }
}

/** Ends the session, and what waits on it, as soon as somebody else leads. */
async function leaveWhenReplaced(
  sessions: Sessions,
  at: Partition,
  given: { readonly leader: Leader; readonly signal: AbortSignal },
): Promise<void> {
  const { leader, signal } = given;
  while (leader.connection.isOpen()) {
    await pause(watchMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    if (await isReplaced(sessions, at, leader)) leader.connection.close();
  }
}

/**
 * One partition: a broker answers a session's questions one after another, so while one batch waits for the quorum the next
 * one gathers. What failed in passing is sent again until each event's own deadline: it may be there twice.
 */
const createLane = (sessions: Sessions, at: Partition) => {
  let waiting: readonly Waiting[] = [];
  let leader: Leader | null = null;
  let isRunning = false;
  let isClosed = false;
  const drop = (): void => {
    leader?.connection.close();
    leader = null;
  };
  const send = async (batch: readonly Waiting[]): Promise<void> => {
    const attempt = startDeadline(attemptMs);
    leader ??= await openLeader(sessions, at, attempt.atMost(attemptMs / 4));
    const records = batch.map(({ event }) => ({ key: event.id, value: event.value }));
    const given = { records, acks: Acks.all, atMs: Date.now(), timeoutMs: attempt.remainingMs() };
    const ended = new AbortController();
    const watching = leaveWhenReplaced(sessions, at, { leader, signal: ended.signal });
    try {
      await leader.connection.ask(produce(at, given), attempt);
    } finally {
      ended.abort();
      await watching;
    }
  };
  const attempt = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      await send(batch);
      for (const each of batch) each.settle(null);
    } catch (error) {
      drop();
      if (error instanceof EvacError && error.retryable) return void (await pause(retryMs));
      if (batch.length === 1) for (const each of batch) each.settle(error);
      // One that Kafka will never take must not take the others of its batch with it.
      else for (const each of batch) await attempt([each]);
    }
  };
  const run = async (): Promise<void> => {
    while (!isClosed && waiting.length > 0) {
      await attempt(waiting.slice(0, maxBatch));
      waiting = waiting.filter(({ isSettled }) => !isSettled);
    }
    isRunning = false;
    if (isClosed) drop();
  };
  return {
    add: (event: Waiting): void => {
      waiting = [...waiting, event];
      if (isRunning) return;
      isRunning = true;
      void run();
    },
    close: (): void => {
      isClosed = true;
      drop();
      for (const each of waiting) each.settle(new Unreachable(`${at.topic} is not written any more`));
    },
  };
};

/** Which partition an event goes to; a retry goes to the same. */
const partitionOf = (id: string, partitions: number): number =>
  [...id].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 2_147_483_647, 7) %
  partitions;

/** Events of orders in one topic, which must exist; who leads is found out, and again when that one is silent or refuses. */
export function createOrderEvents({ endpoints, topic }: OrderEventsOptions): OrderEvents {
  const sessions = createSessions(endpoints);
  const lanes = new Map<number, ReturnType<typeof createLane>>();
  let partitions: number | null = null;
  const countPartitions = (timeoutMs: number): Promise<number> =>
    untilSettled(startDeadline(timeoutMs), `${topic} to be known`, async (attempt) => {
      const view = await readTopicView(sessions, topic, attempt);
      return view.partitions.length;
    });
  const laneOf = (index: number) => {
    const lane = lanes.get(index) ?? createLane(sessions, { topic, index });
    lanes.set(index, lane);
    return lane;
  };
  return {
    publish: async (event, timeoutMs) => {
      const deadline = startDeadline(timeoutMs);
      partitions ??= await countPartitions(timeoutMs);
      const lane = laneOf(partitionOf(event.id, partitions));
      await new Promise<void>((resolve, reject) => {
        const late = (): void =>
          waiting.settle(
            new DeadlineExceeded(`event ${event.id}: the quorum did not acknowledge it in ${timeoutMs} ms`),
          );
        const timer = setTimeout(late, deadline.remainingMs());
        const waiting: Waiting = {
          event,
          isSettled: false,
          settle: (error) => {
            clearTimeout(timer);
            waiting.isSettled = true;
            if (error === null) resolve();
            else reject(error instanceof Error ? error : new Error(String(error)));
          },
        };
        lane.add(waiting);
      });
    },
    close: () => {
      for (const lane of lanes.values()) lane.close();
    },
  };
}
