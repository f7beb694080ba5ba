import type { ZoneId } from '../../../domain/topology';
import type { Effect, VerifyReport } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { ClusterView } from './cluster-view';
import { ledElsewhere, ledIn, readClusterView, someOf } from './cluster-view';
import type { Connection } from './connection';
import { readEpoch } from './epoch-guard';
import { evacTopics } from './evac-topics';
import type { KafkaContext } from './kafka-stretch';
import { Acks, produce } from './log-calls';
import { untilSettled } from './settle';
import type { TopicSettings } from './topic-settings';
import { needsInSync, readTopicSettings } from './topic-settings';

interface Seen {
  readonly view: ClusterView;
  readonly settings: ReadonlyMap<string, TopicSettings>;
  readonly epoch: number | null;
}

function judge({ view, settings, epoch }: Seen, zone: ZoneId, expected: number) {
  const { partitions, missing } = view;
  const elsewhere = ledElsewhere(view, zone);
  const offline = partitions.filter(({ leader }) => leader < 0);
  const short = partitions.filter(({ topic, isr }) => isr.length < needsInSync(settings, topic));
  const thin = partitions.filter(({ replicas, isr }) => isr.length < replicas.length);
  const findings = [
    ...missing.map((topic) => `there is no topic ${topic}`),
    ...(elsewhere.length > 0
      ? [
          `${elsewhere.length} of ${partitions.length} partitions are not led in ${zone} (${someOf(elsewhere)})`,
        ]
      : []),
    ...(offline.length > 0 ? [`nobody leads ${someOf(offline)}`] : []),
    ...(short.length > 0 ? [`too few replicas in sync to acknowledge in ${someOf(short)}`] : []),
    ...(epoch === expected
      ? []
      : [`Kafka's newest epoch is ${epoch ?? 'not known'} in ${zone}, expected ${expected}`]),
  ];
  const numbers = {
    epoch,
    partitions: partitions.length,
    ledElsewhere: elsewhere.length,
    offline: offline.length,
    underMinInSync: short.length,
    notFullyReplicated: thin.length,
  };
  return { findings, numbers };
}

/** A record of its own, acknowledged by the ISR; ms. Where `zone` leads, all that was acknowledged before can be read after it. */
async function writeMs(connection: Connection, epoch: number, deadline: Deadline): Promise<number> {
  const startedMs = performance.now();
  const records = [{ key: 'verified', value: String(epoch) }];
  const given = { records, acks: Acks.all, atMs: Date.now(), timeoutMs: deadline.remainingMs() };
  await connection.ask(produce({ topic: evacTopics.epochs, index: 0 }, given), deadline);
  return Math.round((performance.now() - startedMs) * 10) / 10;
}

/**
 * See `Engine.verify`: the broker in `zone` leads everything at this epoch, and gets a record of its own acknowledged by the ISR.
 * A broker knows that it leads a moment before it does: what it refuses in passing is tried again.
 * @throws DeadlineExceeded when it does not answer, or the ISR does not.
 */
export async function verifyWriter(
  { sessions, topics }: KafkaContext,
  zone: ZoneId,
  effect: Effect,
): Promise<VerifyReport> {
  const look = async (connection: Connection, deadline: Deadline): Promise<VerifyReport> => {
    const view = await readClusterView(connection, topics, deadline);
    const known = topics.filter((topic) => !view.missing.includes(topic));
    const settings = await readTopicSettings(connection, known, deadline);
    const leads = ledIn(view, zone).some(({ topic }) => topic === evacTopics.epochs);
    const written = leads ? await writeMs(connection, effect.epoch, deadline) : null;
    const epoch = known.includes(evacTopics.epochs) ? await readEpoch(connection, deadline) : null;
    const { findings, numbers } = judge({ view, settings, epoch }, zone, effect.epoch);
    return { ok: findings.length === 0, findings, numbers: { ...numbers, writeMs: written } };
  };
  return untilSettled(startDeadline(effect.deadlineMs), `Kafka in ${zone} to be verified`, (attempt) =>
    sessions.askIn(zone, attempt, look),
  );
}
