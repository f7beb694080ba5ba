import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { PartitionState } from './cluster-calls';
import type { ClusterView } from './cluster-view';
import { ledElsewhere, ledIn, readClusterView, requireTopics, someOf } from './cluster-view';
import type { Connection } from './connection';
import type { KafkaContext } from './kafka-stretch';
import type { PlacedPartition } from './placement-calls';
import { electPreferred, orderReplicas } from './placement-calls';
import { untilSettled } from './settle';

/** What placing leaders takes. */
type Placing = Pick<KafkaContext, 'sessions' | 'topics' | 'dataZones'>;

/** The new writer's first, then the other data zones', the witness zone's last: an election goes by this order, too. */
function preferredOrder(
  { dataZones }: Pick<Placing, 'dataZones'>,
  view: ClusterView,
  { replicas }: PartitionState,
  to: ZoneId,
): readonly number[] {
  const rank = (id: number): number => {
    const zone = view.zoneOf(id);
    if (zone === to) return 0;
    return zone !== null && dataZones.includes(zone) ? 1 : 2;
  };
  return replicas.toSorted((one, other) => rank(one) - rank(other));
}

const isSame = (one: readonly number[], other: readonly number[]): boolean => one.join() === other.join();

/** Partitions whose order is not yet the one for `to`. */
const misordered = (
  context: Pick<Placing, 'dataZones'>,
  view: ClusterView,
  to: ZoneId,
): readonly PlacedPartition[] =>
  view.partitions.flatMap((partition) => {
    const replicas = preferredOrder(context, view, partition, to);
    return isSame(replicas, partition.replicas)
      ? []
      : [{ topic: partition.topic, index: partition.index, replicas }];
  });

/** @throws Refused `no-replica`: Evac copies nothing between zones. */
function requireReplicasIn(view: ClusterView, to: ZoneId): void {
  const without = view.partitions.filter(({ replicas }) => !replicas.some((id) => view.zoneOf(id) === to));
  if (without.length === 0) return;
  const message = `${without.length} partitions have no replica in ${to} (${someOf(without)}); give them one`;
  throw new Refused('no-replica', message, { zone: to, without: without.length });
}

/** Sets the order for `to` and lets the preferred replicas lead; what was done already is not done again. */
async function moveOnce(
  context: Placing,
  connection: Connection,
  to: ZoneId,
  attempt: Deadline,
): Promise<ClusterView> {
  const view = await readClusterView(connection, context.topics, attempt);
  requireTopics(view);
  requireReplicasIn(view, to);
  const unordered = misordered(context, view, to);
  if (unordered.length > 0) await connection.ask(orderReplicas(unordered, attempt.remainingMs()), attempt);
  const waiting = ledElsewhere(view, to);
  if (waiting.length > 0) await connection.ask(electPreferred(waiting, attempt.remainingMs()), attempt);
  return view;
}

/**
 * Desired state: the broker in `to` leads every partition, by its own word. A leader moves only to a replica in the ISR:
 * one that is not is waited for.
 * @throws Refused `no-replica`, DeadlineExceeded.
 */
export async function moveLeaders(context: Placing, to: ZoneId, deadline: Deadline): Promise<void> {
  await untilSettled(deadline, `the leaders to be in ${to}`, (attempt) =>
    context.sessions.askIn(to, attempt, async (connection) => {
      const view = await moveOnce(context, connection, to, attempt);
      return ledElsewhere(view, to).length === 0 ? true : null;
    }),
  );
}

/** One try to lead nothing in `from` any more, asked of the brokers elsewhere. */
export async function evictLeaders(
  context: KafkaContext,
  from: ZoneId,
  to: ZoneId,
  attempt: Deadline,
): Promise<void> {
  const elsewhere = context.sessions.zones.filter((zone) => zone !== from);
  await context.sessions.askFirst(elsewhere, attempt, async (connection) => {
    const view = await readClusterView(connection, context.topics, attempt);
    if (ledIn(view, from).length > 0) await moveOnce(context, connection, to, attempt);
  });
}
