import type { ApiCall } from './connection';
import { requireNoError } from './error-codes';
import type { WireReader } from './wire';
import { compactList, compactText, flag, int32, int8, list, noTags, text } from './wire';

export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** `broker.rack`: the zone's id. */
  readonly rack: string | null;
  /** The controller has not heard of it for its session's length: it leads nothing and is in no ISR. */
  readonly isFenced: boolean;
}

const brokersEndpoint = 1;

/** All brokers that ever registered, dead ones too. Kafka 4.0 and newer. */
export const describeCluster = (): ApiCall<readonly Broker[]> => ({
  name: 'DescribeCluster',
  key: 60,
  version: 2,
  isFlexible: true,
  body: Buffer.concat([flag(false), int8(brokersEndpoint), flag(true), noTags]),
  parse: (answer) => {
    answer.int32();
    const [errorCode, detail] = [answer.int16(), answer.compactText()];
    requireNoError(errorCode, 'DescribeCluster', { detail });
    answer.int8();
    answer.compactText();
    answer.int32();
    return answer.compactList(() => {
      const [id, host, port] = [answer.int32(), answer.compactText() ?? '', answer.int32()];
      const broker = { id, host, port, rack: answer.compactText(), isFenced: answer.flag() };
      answer.skipTags();
      return broker;
    });
  },
});

export interface PartitionState {
  readonly topic: string;
  readonly index: number;
  /** -1: nobody leads it. */
  readonly leader: number;
  /** Grows with each election. */
  readonly leaderEpoch: number;
  /** The first one is the preferred leader. */
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

export interface TopicState {
  readonly topic: string;
  readonly errorCode: number;
  readonly partitions: readonly PartitionState[];
}

function readPartition(answer: WireReader, topic: string): PartitionState {
  answer.int16();
  const [index, leader, leaderEpoch] = [answer.int32(), answer.int32(), answer.int32()];
  const readIds = (): readonly number[] => answer.list(() => answer.int32());
  const [replicas, isr] = [readIds(), readIds()];
  readIds();
  return { topic, index, leader, leaderEpoch, replicas, isr };
}

/** As the broker that is asked knows them; a topic that is missing has an error code. */
export const readTopics = (topics: readonly string[]): ApiCall<readonly TopicState[]> => ({
  name: 'Metadata',
  key: 3,
  version: 7,
  isFlexible: false,
  body: Buffer.concat([list(topics, text), flag(false)]),
  parse: (answer) => {
    answer.int32();
    answer.list(() => [answer.int32(), answer.text(), answer.int32(), answer.text()]);
    answer.text();
    answer.int32();
    return answer.list(() => {
      const [errorCode, topic] = [answer.int16(), answer.text() ?? ''];
      answer.flag();
      return { topic, errorCode, partitions: answer.list(() => readPartition(answer, topic)) };
    });
  },
});

export interface ControllerQuorum {
  readonly leader: number;
  readonly voters: readonly number[];
}

const metadataTopic = '__cluster_metadata';

/** Only the active controller answers it, so an answer shows that a majority of the controllers stands. */
export const describeQuorum = (): ApiCall<ControllerQuorum> => ({
  name: 'DescribeQuorum',
  key: 55,
  version: 0,
  isFlexible: true,
  body: Buffer.concat([
    compactList([metadataTopic], (topic) =>
      Buffer.concat([
        compactText(topic),
        compactList([0], (index) => Buffer.concat([int32(index), noTags])),
        noTags,
      ]),
    ),
    noTags,
  ]),
  parse: (answer) => {
    requireNoError(answer.int16(), 'DescribeQuorum');
    const [quorum] = answer.compactList(() => {
      answer.compactText();
      const [partition] = answer.compactList(() => readQuorum(answer));
      answer.skipTags();
      return partition;
    });
    return quorum ?? { leader: -1, voters: [] };
  },
});

function readQuorum(answer: WireReader): ControllerQuorum {
  answer.int32();
  requireNoError(answer.int16(), 'DescribeQuorum');
  const leader = answer.int32();
  answer.int32();
  answer.int64();
  const readReplica = (): number => {
    const id = answer.int32();
    answer.int64();
    answer.skipTags();
    return id;
  };
  const voters = answer.compactList(readReplica);
  answer.compactList(readReplica);
  answer.skipTags();
  return { leader, voters };
}

const topicResource = 2;

/** A topic's settings as in force, those of the brokers among them. */
export const describeTopicSettings = (
  topics: readonly string[],
  names: readonly string[],
): ApiCall<ReadonlyMap<string, ReadonlyMap<string, string | null>>> => ({
  name: 'DescribeConfigs',
  key: 32,
  version: 1,
  isFlexible: false,
  body: Buffer.concat([
    list(topics, (topic) => Buffer.concat([int8(topicResource), text(topic), list(names, text)])),
    flag(false),
  ]),
  parse: (answer) => {
    answer.int32();
    return new Map(answer.list(() => readTopicSettings(answer)));
  },
});

function readTopicSettings(answer: WireReader): readonly [string, ReadonlyMap<string, string | null>] {
  const [errorCode, detail] = [answer.int16(), answer.text()];
  answer.int8();
  const topic = answer.text() ?? '';
  requireNoError(errorCode, `DescribeConfigs of ${topic}`, { detail });
  const settings = answer.list((): readonly [string, string | null] => {
    const [name, value] = [answer.text() ?? '', answer.text()];
    answer.flag();
    answer.int8();
    answer.flag();
    answer.list(() => [answer.text(), answer.text(), answer.int8()]);
    return [name, value];
  });
  return [topic, new Map(settings)];
}
