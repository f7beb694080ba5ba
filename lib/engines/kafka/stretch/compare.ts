import type { ReplicaLook } from '../../../domain/consistency/quorum';
import { reportOnQuorum, reportOnSilence } from '../../../domain/consistency/quorum';
import type { CopiesReport } from '../../../domain/consistency/report';
import { EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import { Store } from '../../../domain/topology';
import type { CopyAudit, CopyPair } from '../../../ports/consistency';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { PartitionState } from './cluster-calls';
import type { ClusterView } from './cluster-view';
import { readClusterView, requireTopics } from './cluster-view';
import type { BrokerAddress, Connection } from './connection';
import { evacTopics } from './evac-topics';
import type { TopicPartition } from './log-calls';
import { fetchFrom, readLogEnds } from './log-calls';
import type { Sessions } from './sessions';
import { createSessions } from './sessions';

export interface KafkaAuditOptions {
  readonly component: {
    readonly topics: readonly string[];
    readonly endpoints: Readonly<Record<ZoneId, BrokerAddress>>;
  };
}

/** Log ends by partition; null: this broker has no such log, or cannot say. */
type Ends = ReadonlyMap<string, number | null>;

const nameOf = ({ topic, index }: TopicPartition): string => `${topic}-${index}`;

const readEnds = async (
  connection: Connection,
  partitions: readonly TopicPartition[],
  deadline: Deadline,
): Promise<Ends> => {
  const ends = await connection.ask(readLogEnds(partitions), deadline);
  return new Map(ends.map((end) => [nameOf(end), end.offset]));
};

/** Reading at the log's end brings no record, only the watermark. */
const readWatermark = async (
  connection: Connection,
  { partition, end }: { readonly partition: TopicPartition; readonly end: number | null },
  deadline: Deadline,
): Promise<number | null> => {
  if (end === null) return null;
  const { highWatermark } = await connection.ask(fetchFrom(partition, end, { maxBytes: 1 }), deadline);
  return highWatermark;
};

interface AtWriter {
  readonly view: ClusterView;
  readonly acknowledged: Ends;
}

const lookAtWriter =
  (topics: readonly string[]) =>
  async (connection: Connection, deadline: Deadline): Promise<AtWriter> => {
    const view = await readClusterView(connection, topics, deadline);
    requireTopics(view);
    const ends = await readEnds(connection, view.partitions, deadline);
    const acknowledged = new Map<string, number | null>();
    for (const partition of view.partitions) {
      const name = nameOf(partition);
      const end = ends.get(name) ?? null;
      acknowledged.set(name, await readWatermark(connection, { partition, end }, deadline));
    }
    return { view, acknowledged };
  };

const zonesOf = (view: ClusterView, brokers: readonly number[]): readonly ZoneId[] =>
  brokers.map((id) => view.zoneOf(id) ?? `broker ${id}`);

const lookOf = ({ view, acknowledged }: AtWriter, partition: PartitionState, copy: Ends): ReplicaLook => {
  const { leader, replicas, isr } = partition;
  const name = nameOf(partition);
  return {
    partition: name,
    leader: leader < 0 ? null : (view.zoneOf(leader) ?? `broker ${leader}`),
    inSync: zonesOf(view, isr),
    behind: zonesOf(
      view,
      replicas.filter((id) => !isr.includes(id)),
    ),
    acknowledged: acknowledged.get(name) ?? null,
    copyEnd: copy.get(name) ?? null,
  };
};

/** The writer first: what the copy's log must reach was acknowledged before its end is read. A silent copy has no ends. */
const lookAtBoth = async (
  sessions: Sessions,
  topics: readonly string[],
  { writer, copy }: CopyPair,
  deadline: Deadline,
): Promise<readonly ReplicaLook[]> => {
  const at = await sessions.askIn(writer, deadline, lookAtWriter(topics));
  const ends: Ends = await sessions
    .askIn(copy, deadline, (connection) => readEnds(connection, at.view.partitions, deadline))
    .catch((cause: unknown) => {
      if (cause instanceof EvacError) return new Map();
      throw cause;
    });
  return at.view.partitions.map((partition) => lookOf(at, partition, ends));
};

/**
 * The replicas of a stretched cluster, as far as they can be compared: in-sync sets, high watermarks, and where the copy's logs end.
 * Needs no more than probing does.
 */
export function createKafkaAudit({ component }: KafkaAuditOptions): CopyAudit {
  const sessions = createSessions(component.endpoints);
  const topics = [...component.topics, ...Object.values(evacTopics)];
  const store = Store.kafka;
  return {
    store,
    audit: async (pair, _after, timeoutMs): Promise<{ report: CopiesReport; next: null }> => {
      const between = { store, ...pair };
      try {
        const looks = await lookAtBoth(sessions, topics, pair, startDeadline(timeoutMs));
        return { report: reportOnQuorum(between, looks), next: null };
      } catch (cause) {
        if (!(cause instanceof EvacError)) throw cause;
        return { report: reportOnSilence(between, cause.message), next: null };
      }
    },
    close: async () => undefined,
  };
}
