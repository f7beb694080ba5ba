import type { ApiCall } from './connection';
import { requireNoError } from './error-codes';
import type { TopicPartition } from './log-calls';
import { byTopic } from './log-calls';
import { compactList, compactText, flag, int16, int32, int8, list, noTags, text } from './wire';

export interface PlacedPartition extends TopicPartition {
  /** The first one is the preferred leader. */
  readonly replicas: readonly number[];
}

/** Takes effect at once where only the order is another; nothing is copied then, and the leader stays where it is. */
export const orderReplicas = (partitions: readonly PlacedPartition[], timeoutMs: number): ApiCall<void> => ({
  name: 'AlterPartitionReassignments',
  key: 45,
  version: 0,
  isFlexible: true,
  body: Buffer.concat([
    int32(Math.max(1, Math.round(timeoutMs))),
    compactList(byTopic(partitions), ([topic, among]) =>
      Buffer.concat([
        compactText(topic),
        compactList(among, ({ index, replicas }) =>
          Buffer.concat([int32(index), compactList(replicas, int32), noTags]),
        ),
        noTags,
      ]),
    ),
    noTags,
  ]),
  parse: (answer) => {
    answer.int32();
    const [errorCode, detail] = [answer.int16(), answer.compactText()];
    requireNoError(errorCode, 'AlterPartitionReassignments', { detail });
    answer.compactList(() => {
      const topic = answer.compactText();
      answer.compactList(() => {
        const [index, code, message] = [answer.int32(), answer.int16(), answer.compactText()];
        requireNoError(code, `the order of the replicas of ${topic}-${index}`, { detail: message });
        answer.skipTags();
      });
      answer.skipTags();
    });
  },
});

const preferred = 0;
const electionNotNeeded = 84;

/** The preferred replica becomes the leader, if it is in the ISR. @throws KafkaAnswer PREFERRED_LEADER_NOT_AVAILABLE */
export const electPreferred = (partitions: readonly TopicPartition[], timeoutMs: number): ApiCall<void> => ({
  name: 'ElectLeaders',
  key: 43,
  version: 1,
  isFlexible: false,
  body: Buffer.concat([
    int8(preferred),
    list(byTopic(partitions), ([topic, among]) =>
      Buffer.concat([text(topic), list(among, ({ index }) => int32(index))]),
    ),
    int32(Math.max(1, Math.round(timeoutMs))),
  ]),
  parse: (answer) => {
    answer.int32();
    requireNoError(answer.int16(), 'ElectLeaders');
    answer.list(() => {
      const topic = answer.text();
      answer.list(() => {
        const [index, code, detail] = [answer.int32(), answer.int16(), answer.text()];
        requireNoError(code, `the election of ${topic}-${index}`, { detail, also: [electionNotNeeded] });
      });
    });
  },
});

export interface NewTopic {
  readonly topic: string;
  /** Of each partition. */
  readonly replicas: readonly (readonly number[])[];
  readonly settings: Readonly<Record<string, string>>;
}

const alreadyExists = 36;

/** One that exists already is left as it is. */
export const createTopics = (topics: readonly NewTopic[], timeoutMs: number): ApiCall<void> => ({
  name: 'CreateTopics',
  key: 19,
  version: 4,
  isFlexible: false,
  body: Buffer.concat([
    list(topics, ({ topic, replicas, settings }) =>
      Buffer.concat([
        text(topic),
        int32(-1),
        int16(-1),
        list([...replicas.entries()], ([index, ids]) => Buffer.concat([int32(index), list(ids, int32)])),
        list(Object.entries(settings), ([name, value]) => Buffer.concat([text(name), text(value)])),
      ]),
    ),
    int32(Math.max(1, Math.round(timeoutMs))),
    flag(false),
  ]),
  parse: (answer) => {
    answer.int32();
    answer.list(() => {
      const [topic, code, detail] = [answer.text(), answer.int16(), answer.text()];
      requireNoError(code, `the topic ${topic}`, { detail, also: [alreadyExists] });
    });
  },
});
