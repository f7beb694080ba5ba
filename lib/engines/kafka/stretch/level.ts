import { DeadlineExceeded, EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, LevelReport } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { PartitionState } from './cluster-calls';
import type { ClusterView } from './cluster-view';
import { notInSyncIn, readMajorityView, requireTopics } from './cluster-view';
import type { Connection } from './connection';
import type { KafkaContext } from './kafka-stretch';
import { readLogEnds } from './log-calls';
import { untilSettled } from './settle';

/** Ends of all logs of one broker, added up: records ever written there. Null: it has not got all of them. */
export async function readPosition(
  connection: Connection,
  partitions: readonly PartitionState[],
  deadline: Deadline,
): Promise<number | null> {
  const ends = await connection.ask(readLogEnds(partitions), deadline);
  return ends.reduce<number | null>(
    (sum, { offset }) => (sum === null || offset === null ? null : sum + offset),
    0,
  );
}

/** A broker that does not answer has no position that is known. */
async function positionIn(
  { sessions }: KafkaContext,
  zone: ZoneId,
  view: ClusterView,
  deadline: Deadline,
): Promise<string | null> {
  try {
    const position = await sessions.askIn(zone, deadline, (connection, limit) =>
      readPosition(connection, view.partitions, limit),
    );
    return position === null ? null : String(position);
  } catch (error) {
    if (error instanceof EvacError) return null;
    throw error;
  }
}

/** Positions are for people: a broker that is gone must not take more of the time, ms. */
const positionMs = 200;

/**
 * See `Engine.waitUntilLevel`. Level is who is in the ISR of every partition: he has every record that was acknowledged,
 * and the next leader is taken from there. The cluster is asked elsewhere: a broker that is cut off would still count itself.
 * Never an error for silent brokers or a passed deadline.
 */
export async function waitUntilLevel(
  context: KafkaContext,
  from: ZoneId,
  to: ZoneId,
  effect: Effect,
): Promise<LevelReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const others = context.sessions.zones.filter((zone) => zone !== to);
  const readElsewhere = (attempt: Deadline): Promise<ClusterView> =>
    context.sessions.askFirst(others, attempt, (connection) =>
      readMajorityView(connection, context.topics, attempt),
    );
  const seen: { view: ClusterView | null } = { view: null };
  const look = async (attempt: Deadline): Promise<true | null> => {
    seen.view = await readElsewhere(attempt);
    requireTopics(seen.view);
    return notInSyncIn(seen.view, to).length === 0 ? true : null;
  };
  const kept = deadline.keeping(Math.min(positionMs, effect.deadlineMs / 2));
  const level = await untilSettled(kept, `${to} to be in sync`, look).catch((error: unknown) => {
    if (error instanceof DeadlineExceeded) return false;
    throw error;
  });
  const { view } = seen;
  const positions = [from, to].map(async (zone) =>
    view === null ? null : positionIn(context, zone, view, deadline.atMost(positionMs)),
  );
  const [writerPosition = null, standbyPosition = null] = await Promise.all(positions);
  return { level, writerPosition, standbyPosition, bytesBehind: level ? 0 : null };
}
