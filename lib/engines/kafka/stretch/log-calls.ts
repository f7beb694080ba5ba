import type { ApiCall } from './connection';
import { requireNoError } from './error-codes';
import type { LogRecord, NewRecord } from './record-batch';
import { decodeBatches, encodeBatch } from './record-batch';
import { blob, int16, int32, int64, int8, list, text } from './wire';

export interface TopicPartition {
  readonly topic: string;
  readonly index: number;
}

/** Kafka's lists are by topic, then by partition. */
export function byTopic<T extends TopicPartition>(
  partitions: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  return topics.map((topic) => [topic, partitions.filter((each) => each.topic === topic)]);
}

const nameOf = ({ topic, index }: TopicPartition): string => `${topic}-${index}`;

/** One partition in Kafka's nested lists. */
const oneOf = ({ topic, index }: TopicPartition, rest: Buffer): Buffer =>
  list([topic], () => Buffer.concat([text(topic), list([index], () => Buffer.concat([int32(index), rest]))]));

/** Who must have a record before it is acknowledged. */
export const Acks = { leader: 1, all: -1 } as const;
export type Acks = (typeof Acks)[keyof typeof Acks];

export interface NewRecords {
  readonly records: readonly NewRecord[];
  readonly acks: Acks;
  readonly atMs: number;
  /** How long the broker itself waits for the replicas. */
  readonly timeoutMs: number;
}

/** Answers the first record's offset. @throws KafkaAnswer: with REQUEST_TIMED_OUT the outcome is unknown. */
export const produce = (to: TopicPartition, given: NewRecords): ApiCall<number> => ({
  name: 'Produce',
  key: 0,
  version: 7,
  isFlexible: false,
  body: Buffer.concat([
    text(null),
    int16(given.acks),
    int32(Math.max(1, Math.round(given.timeoutMs))),
    oneOf(to, blob(encodeBatch(given.records, given.atMs))),
  ]),
  parse: (answer) => {
    const [[offset] = []] = answer.list(() => {
      answer.text();
      return answer.list(() => {
        answer.int32();
        const [errorCode, baseOffset] = [answer.int16(), answer.int64()];
        answer.int64();
        answer.int64();
        requireNoError(errorCode, `a record for ${nameOf(to)}`);
        return baseOffset;
      });
    });
    return offset ?? -1;
  },
});

export interface Fetched {
  /** What every replica in the ISR has, as the broker that is asked knows it. */
  readonly highWatermark: number;
  readonly records: readonly LogRecord[];
}

const [consumer, noSession, noEpoch] = [-1, 0, -1] as const;
/** Of the high watermark; transactions are not used. */
const readUncommitted = 0;

/** Replicas answer it, too, up to the high watermark that they know; without waiting for more records. */
export const fetchFrom = (
  from: TopicPartition,
  offset: number,
  { maxBytes }: { readonly maxBytes: number },
): ApiCall<Fetched> => ({
  name: 'Fetch',
  key: 1,
  version: 11,
  isFlexible: false,
  body: Buffer.concat([
    int32(consumer),
    int32(0),
    int32(0),
    int32(maxBytes),
    int8(readUncommitted),
    int32(noSession),
    int32(noEpoch),
    oneOf(from, Buffer.concat([int32(noEpoch), int64(offset), int64(-1), int32(maxBytes)])),
    int32(0),
    text(''),
  ]),
  parse: (answer) => {
    answer.int32();
    requireNoError(answer.int16(), `reading ${nameOf(from)}`);
    answer.int32();
    const [[fetched] = []] = answer.list(() => {
      answer.text();
      return answer.list((): Fetched => {
        answer.int32();
        const [errorCode, highWatermark] = [answer.int16(), answer.int64()];
        answer.int64();
        answer.int64();
        answer.list(() => [answer.int64(), answer.int64()]);
        answer.int32();
        const records = answer.blob();
        requireNoError(errorCode, `reading ${nameOf(from)}`);
        const decoded = records === null ? [] : decodeBatches(records);
        return { highWatermark, records: decoded.filter((record) => record.offset >= offset) };
      });
    });
    return fetched ?? { highWatermark: -1, records: [] };
  },
});

export interface LogEnd extends TopicPartition {
  /** Null: this broker has no such log, or cannot say. */
  readonly offset: number | null;
}

/** What lets a replica answer for its own log: only leaders answer anybody else. */
const debuggingReplica = -2;
const latest = -1;

/** Where each log ends on the broker that is asked, acknowledged or not. */
export const readLogEnds = (of: readonly TopicPartition[]): ApiCall<readonly LogEnd[]> => ({
  name: 'ListOffsets',
  key: 2,
  version: 1,
  isFlexible: false,
  body: Buffer.concat([
    int32(debuggingReplica),
    list(byTopic(of), ([topic, partitions]) =>
      Buffer.concat([
        text(topic),
        list(partitions, ({ index }) => Buffer.concat([int32(index), int64(latest)])),
      ]),
    ),
  ]),
  parse: (answer) =>
    answer
      .list(() => {
        const topic = answer.text() ?? '';
        return answer.list((): LogEnd => {
          const [index, errorCode] = [answer.int32(), answer.int16()];
          answer.int64();
          const offset = answer.int64();
          return { topic, index, offset: errorCode === 0 ? offset : null };
        });
      })
      .flat(),
});
