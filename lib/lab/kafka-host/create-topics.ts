import { startDeadline } from '../../engines/deadline';
import { newEvacTopics, safeTopicSettings } from '../../engines/kafka/stretch/evac-topics';
import { moveLeaders } from '../../engines/kafka/stretch/leader-move';
import { createTopics } from '../../engines/kafka/stretch/placement-calls';
import { createSessions } from '../../engines/kafka/stretch/sessions';
import { untilSettled } from '../../engines/kafka/stretch/settle';
import type { BrokerPlace } from './kafka-host';

export interface WorkloadTopic {
  readonly topic: string;
  readonly partitions: number;
}

const createMs = 20_000;

/**
 * The workload's topics and Evac's, each with a replica on every broker, in the order of `brokers`: the writer's first, the
 * witness zone's last; the writer's leads them all when this returns. Topics that exist are left as they are.
 */
export async function createKafkaTopics(
  brokers: readonly BrokerPlace[],
  workload: readonly WorkloadTopic[],
): Promise<void> {
  const ids = brokers.map(({ id }) => id);
  const wanted = workload.map(({ topic, partitions }) => ({
    topic,
    replicas: Array.from({ length: partitions }, () => ids),
    settings: safeTopicSettings,
  }));
  const sessions = createSessions(
    Object.fromEntries(brokers.map(({ zone, listen, port }) => [zone, { host: listen, port }])),
  );
  const all = [...wanted, ...newEvacTopics(ids)];
  await untilSettled(startDeadline(createMs), 'the topics to be created', async () => {
    const deadline = startDeadline(createMs / 4);
    await sessions.askFirst(sessions.zones, deadline, (connection) =>
      connection.ask(createTopics(all, deadline.remainingMs()), deadline),
    );
    return true;
  });
  // A broker that was late to say that it is there is passed over, and nobody gives it back what it was to lead.
  const [first] = brokers;
  if (first === undefined) return;
  const dataZones = brokers.slice(0, -1).map(({ zone }) => zone);
  const topics = all.map(({ topic }) => topic);
  await moveLeaders({ sessions, topics, dataZones }, first.zone, startDeadline(createMs));
}
