import { Unreachable } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { ClusterView } from './cluster-view';
import { readClusterView, requireTopics } from './cluster-view';
import type { Sessions } from './sessions';

/** What the first broker that answers knows of one topic. @throws KafkaAnswer while it does not know the topic, Unreachable */
export async function readTopicView(
  sessions: Sessions,
  topic: string,
  deadline: Deadline,
): Promise<ClusterView> {
  const view = await sessions.askFirst(sessions.zones, deadline, (connection, limit) =>
    readClusterView(connection, [topic], limit),
  );
  requireTopics(view);
  return view;
}

/** @throws Unreachable while nobody leads it, or its leader is not among the known brokers. */
export function leaderIn(view: ClusterView, partition: number): ZoneId {
  const found = view.partitions.find(({ index }) => index === partition);
  const leader = view.zoneOf(found?.leader ?? -1);
  if (leader === null) throw new Unreachable(`nobody leads ${found?.topic ?? 'the topic'}-${partition} now`);
  return leader;
}
