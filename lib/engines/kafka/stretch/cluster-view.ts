import { Refused } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { Broker, PartitionState, TopicState } from './cluster-calls';
import { describeCluster, describeQuorum, readTopics } from './cluster-calls';
import type { Connection } from './connection';
import { KafkaAnswer } from './error-codes';

/** What one broker knows of the cluster: brokers with their zones, and the partitions that Evac places. */
export interface ClusterView {
  readonly brokers: readonly Broker[];
  readonly partitions: readonly PartitionState[];
  /** Topics that this broker does not know. */
  readonly missing: readonly string[];
  zoneOf(broker: number): ZoneId | null;
  /** Of the broker in `zone`; null where none ever registered. */
  brokerIn(zone: ZoneId): Broker | null;
}

const unknownTopic = 3;

function asView(brokers: readonly Broker[], topics: readonly TopicState[]): ClusterView {
  const failed = topics.find(({ errorCode }) => errorCode !== 0 && errorCode !== unknownTopic);
  if (failed !== undefined) throw new KafkaAnswer(failed.errorCode, `the topic ${failed.topic}`);
  return {
    brokers,
    partitions: topics.flatMap(({ partitions }) => partitions),
    missing: topics.filter(({ errorCode }) => errorCode === unknownTopic).map(({ topic }) => topic),
    zoneOf: (broker) => brokers.find(({ id }) => id === broker)?.rack ?? null,
    brokerIn: (zone) => brokers.find(({ rack }) => rack === zone) ?? null,
  };
}

/** One round trip. */
export async function readClusterView(
  connection: Connection,
  topics: readonly string[],
  deadline: Deadline,
): Promise<ClusterView> {
  const [brokers, states] = await Promise.all([
    connection.ask(describeCluster(), deadline),
    connection.ask(readTopics(topics), deadline),
  ]);
  return asView(brokers, states);
}

/** What a broker knows that the active controller answers: it is no relic of one that was cut off. */
export interface MajorityView extends ClusterView {
  readonly controller: ZoneId | null;
}

/** @throws DeadlineExceeded while the controllers have no majority, or this broker is cut off from it. */
export async function readMajorityView(
  connection: Connection,
  topics: readonly string[],
  deadline: Deadline,
): Promise<MajorityView> {
  const [view, quorum] = await Promise.all([
    readClusterView(connection, topics, deadline),
    connection.ask(describeQuorum(), deadline),
  ]);
  return { ...view, controller: view.zoneOf(quorum.leader) };
}

const labelOf = ({ topic, index }: Pick<PartitionState, 'topic' | 'index'>): string => `${topic}-${index}`;

/** A few by name, the rest by number: a cluster has hundreds. */
export function someOf(partitions: readonly PartitionState[]): string {
  const shown = partitions.slice(0, 3).map(labelOf).join(', ');
  return partitions.length > 3 ? `${shown} and ${partitions.length - 3} more` : shown;
}

export const ledElsewhere = (view: ClusterView, zone: ZoneId): readonly PartitionState[] =>
  view.partitions.filter(({ leader }) => view.zoneOf(leader) !== zone);

export const ledIn = (view: ClusterView, zone: ZoneId): readonly PartitionState[] =>
  view.partitions.filter(({ leader }) => view.zoneOf(leader) === zone);

/** Partitions whose ISR the broker in `zone` is not in. */
export const notInSyncIn = (view: ClusterView, zone: ZoneId): readonly PartitionState[] =>
  view.partitions.filter(({ isr }) => !isr.some((id) => view.zoneOf(id) === zone));

/** @throws KafkaAnswer, which may pass: a broker learns of a new topic a moment later than others. */
export function requireTopics({ missing }: ClusterView): void {
  if (missing.length === 0) return;
  const what = `Kafka has no topic ${missing.join(', ')}; create it, or correct the configuration`;
  throw new KafkaAnswer(unknownTopic, what);
}

/** @throws Refused `not-writer` when anything is led outside of `zone`. */
export function requireWriter(view: ClusterView, zone: ZoneId): void {
  requireTopics(view);
  const elsewhere = ledElsewhere(view, zone);
  if (elsewhere.length === 0) return;
  const message = `${elsewhere.length} of ${view.partitions.length} partitions are not led in ${zone} (${someOf(elsewhere)}); move their leaders first`;
  throw new Refused('not-writer', message, {
    zone,
    elsewhere: elsewhere.length,
    partitions: view.partitions.length,
  });
}
