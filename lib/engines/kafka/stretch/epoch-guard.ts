import { StaleEpoch } from '../../../domain/errors';
import type { Effect } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { Connection } from './connection';
import { evacTopics } from './evac-topics';
import { leaderIn, readTopicView } from './find-leader';
import type { KafkaContext } from './kafka-stretch';
import { Acks, fetchFrom, produce } from './log-calls';
import type { LogRecord } from './record-batch';
import { untilSettled } from './settle';

const epochs = { topic: evacTopics.epochs, index: 0 } as const;
const keyOf = (epoch: number): string => `epoch-${epoch}`;

/** A record for each epoch: some hundred bytes a year. */
const maxBytes = 1_048_576;

const epochIn = ({ key }: LogRecord): number => Number(/^epoch-(\d+)$/.exec(key ?? '')?.[1] ?? -1);

/** Every record of the log, from the broker that is asked; a replica's is as far as it knows what all have. */
async function readAll(connection: Connection, deadline: Deadline): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  for (let offset = 0; ;) {
    const fetched = await connection.ask(fetchFrom(epochs, offset, { maxBytes }), deadline);
    records.push(...fetched.records);
    offset = (records.at(-1)?.offset ?? -1) + 1;
    if (fetched.records.length === 0 || offset >= fetched.highWatermark) return records;
  }
}

/** The highest epoch that has acted on this cluster, as far as this broker knows; null: none ever did. */
export async function readEpoch(connection: Connection, deadline: Deadline): Promise<number | null> {
  const newest = Math.max(-1, ...(await readAll(connection, deadline)).map(epochIn));
  return newest < 0 ? null : newest;
}

async function refuseOlder(connection: Connection, ours: number, deadline: Deadline): Promise<void> {
  const theirs = await readEpoch(connection, deadline);
  if (theirs !== null && theirs > ours)
    throw new StaleEpoch(
      `epoch ${ours} refused by Kafka: epoch ${theirs} has acted there; read the seat again`,
    );
}

/**
 * Appended at each effect, also at a known epoch: only the true leader gets it acknowledged by the ISR, so what is read
 * from it after that is no zombie's.
 */
async function raise(connection: Connection, epoch: number, deadline: Deadline): Promise<void> {
  await refuseOlder(connection, epoch, deadline);
  const records = [{ key: keyOf(epoch), value: String(epoch) }];
  const timeoutMs = deadline.remainingMs();
  await connection.ask(produce(epochs, { records, acks: Acks.all, atMs: Date.now(), timeoutMs }), deadline);
  await refuseOlder(connection, epoch, deadline);
}

/** @throws KafkaAnswer on a cluster that was never provisioned for Evac, Unreachable while nobody leads it. */
async function onLeader<T>(
  { sessions }: KafkaContext,
  attempt: Deadline,
  act: (connection: Connection) => Promise<T>,
): Promise<T> {
  const view = await readTopicView(sessions, epochs.topic, attempt);
  return sessions.askIn(leaderIn(view, epochs.index), attempt, act);
}

/**
 * Runs `act` under the epoch (I4): it is recorded with all replicas before anything is done, and compared again afterwards. What
 * acts is placement only: two at once can leave leaders in the wrong zone, which `verify` finds, and lose nothing.
 * @throws StaleEpoch when a newer epoch has acted here, DeadlineExceeded.
 */
export async function underEpoch<T>(
  context: KafkaContext,
  effect: Effect,
  act: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(effect.deadlineMs);
  const { epoch } = effect;
  await untilSettled(deadline, `epoch ${epoch} to be recorded in Kafka`, (attempt) =>
    onLeader(context, attempt, async (connection) => {
      await raise(connection, epoch, attempt);
      return true;
    }),
  );
  const result = await act(deadline);
  await untilSettled(deadline, `epoch ${epoch} to be compared again in Kafka`, (attempt) =>
    onLeader(context, attempt, async (connection) => {
      await refuseOlder(connection, epoch, attempt);
      return true;
    }),
  );
  return result;
}
