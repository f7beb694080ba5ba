import type { KafkaFiles } from './host-files';
import type { BrokerPlace } from './kafka-host';

/** What the promise rests on: an acknowledged record is on two brokers, and only one that has it may lead. */
const safety = {
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  'unclean.leader.election.enable': false,
  'auto.create.topics.enable': false,
  'offsets.topic.replication.factor': 3,
  'offsets.topic.num.partitions': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  'transaction.state.log.num.partitions': 3,
  // Evac places the leaders; Kafka's own timer would move them at any time.
  'auto.leader.rebalance.enable': false,
};

/**
 * How fast a lost broker is noticed. A broker that says nothing for 0.6 s is fenced: six heartbeats. A follower that hears
 * nothing of the active controller for 0.5 s stands for election. `replica.fetch.*`: after a change of leader a follower that
 * was refused once, or asks for one partition while it learns of the others, acknowledges nothing for that long. The last five
 * are about sockets to a broker that is frozen or cut off: by default whoever asked it something waits for 2 to 30 s.
 */
const detection = {
  'broker.heartbeat.interval.ms': 100,
  'broker.session.timeout.ms': 600,
  'controller.quorum.election.timeout.ms': 400,
  'controller.quorum.fetch.timeout.ms': 500,
  'controller.quorum.election.backoff.max.ms': 100,
  'replica.lag.time.max.ms': 1_500,
  'replica.fetch.backoff.ms': 50,
  'replica.fetch.wait.max.ms': 50,
  'controller.quorum.request.timeout.ms': 500,
  'controller.socket.timeout.ms': 1_000,
  'replica.socket.timeout.ms': 1_000,
  'socket.connection.setup.timeout.ms': 500,
  'socket.connection.setup.timeout.max.ms': 1_000,
};

/** Three brokers beside everything else on two cores. */
const size = {
  'num.network.threads': 2,
  'num.io.threads': 4,
  'background.threads': 2,
  'log.cleaner.dedupe.buffer.size': 2_097_152,
  'group.initial.rebalance.delay.ms': 0,
};

/** `server.properties` of one broker of the cluster. */
export function serverConfig(files: KafkaFiles, own: BrokerPlace, all: readonly BrokerPlace[]): string {
  const { listen, port, controllerPort } = own;
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': own.id,
    'broker.rack': own.zone,
    'controller.quorum.voters': all
      .map((each) => `${each.id}@${each.listen}:${each.controllerPort}`)
      .join(','),
    listeners: `PLAINTEXT://${listen}:${port},CONTROLLER://${listen}:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${listen}:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': files.data,
    ...safety,
    ...detection,
    ...size,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
