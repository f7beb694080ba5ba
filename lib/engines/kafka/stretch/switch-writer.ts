import { EvacError } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import { readClusterView, requireTopics, requireWriter, someOf } from './cluster-view';
import { underEpoch } from './epoch-guard';
import type { KafkaContext } from './kafka-stretch';
import { moveLeaders } from './leader-move';
import { untilSettled } from './settle';
import { needsInSync, readTopicSettings } from './topic-settings';

/** See `Engine.ensureWriterIn`: every leader is in `zone`, and preferred there. It takes writes at once. */
export const ensureWriterIn = (context: KafkaContext, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(context, effect, (deadline) => moveLeaders(context, zone, deadline));

/**
 * See `Engine.admitWrites`. There is nothing to open: it is seen that all are led in `zone` and can acknowledge.
 * @throws Refused `not-writer`; EvacError with what is under its `min.insync.replicas`, which may pass.
 */
export const admitWrites = (context: KafkaContext, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(context, effect, async (deadline) => {
    const { sessions, topics } = context;
    await untilSettled(deadline, `Kafka in ${zone} to answer`, (attempt) =>
      sessions.askIn(zone, attempt, async (connection) => {
        const view = await readClusterView(connection, topics, attempt);
        requireTopics(view);
        requireWriter(view, zone);
        const settings = await readTopicSettings(connection, topics, attempt);
        const short = view.partitions.filter(({ topic, isr }) => isr.length < needsInSync(settings, topic));
        if (short.length > 0)
          throw new EvacError(
            `${short.length} of ${view.partitions.length} partitions have too few replicas in sync to acknowledge anything (${someOf(short)})`,
          );
        return true;
      }),
    );
  });
