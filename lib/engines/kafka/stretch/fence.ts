import type { ZoneId } from '../../../domain/topology';
import type { Effect, FenceReport } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import type { MajorityView } from './cluster-view';
import { ledIn, readMajorityView, requireTopics, someOf } from './cluster-view';
import type { Connection } from './connection';
import { underEpoch } from './epoch-guard';
import type { KafkaContext } from './kafka-stretch';
import { evictLeaders } from './leader-move';
import { untilSettled } from './settle';
import type { TopicSettings } from './topic-settings';
import { leastInSync, needsInSync, readTopicSettings } from './topic-settings';

const kind = 'quorum';

/** What the brokers outside of the fenced zone say. */
interface Survivors {
  readonly view: MajorityView;
  readonly settings: ReadonlyMap<string, TopicSettings>;
}

async function readSurvivors(
  { topics }: KafkaContext,
  connection: Connection,
  deadline: Deadline,
): Promise<Survivors> {
  const view = await readMajorityView(connection, topics, deadline);
  requireTopics(view);
  return { view, settings: await readTopicSettings(connection, topics, deadline) };
}

/** Why the quorum would not hold without `from`. */
function weaknesses({ view, settings }: Survivors, from: ZoneId): readonly string[] {
  const short = view.partitions.filter(({ topic, isr }) => {
    const others = isr.filter((id) => view.zoneOf(id) !== from);
    return others.length < needsInSync(settings, topic);
  });
  const unsafe = [...settings].filter(
    ([, { minInSync, mayLeadUnclean }]) => mayLeadUnclean || (minInSync ?? 0) < leastInSync,
  );
  const names = unsafe.map(([topic]) => topic).join(', ');
  return [
    ...(unsafe.length > 0
      ? [`${names} may acknowledge with one broker alone, or let one lead that lacks records`]
      : []),
    ...(short.length > 0
      ? [
          `${short.length} of ${view.partitions.length} partitions have too few replicas in sync outside ${from} (${someOf(short)})`,
        ]
      : []),
  ];
}

const sentence = ({ view }: Survivors, from: ZoneId): string =>
  `${view.partitions.length} partitions, ${ledIn(view, from).length} led in ${from}, all with enough replicas in sync outside it; ` +
  `controller in ${view.controller ?? 'an unknown zone'}: ${from} acknowledges nothing that the others have not`;

function report(seen: Survivors, from: ZoneId): FenceReport {
  const weak = weaknesses(seen, from);
  return { kind, holds: weak.length === 0, why: weak.length === 0 ? sentence(seen, from) : weak.join('; ') };
}

/** A controller in the zone that is lost cannot be the active one; in one that lives it may be. */
const isLeft = ({ view }: Survivors, from: ZoneId): boolean =>
  ledIn(view, from).length === 0 && (view.controller !== from || view.brokerIn(from)?.isFenced === false);

/**
 * See `Engine.fence`. Nothing is stopped: a record is acknowledged only when enough brokers have it, so a lost zone's broker
 * acknowledges nothing alone, and those that hold every acknowledged record elect the next leader. Planned: the quorum
 * must hold without `from`. Emergency: besides, nothing is led in `from` any more, by the word of the brokers elsewhere;
 * they are told to lead at once, which is quicker than the cluster's own patience with a silent broker.
 * @throws StaleEpoch, DeadlineExceeded while the cluster has no majority.
 */
export const fenceWriter = (
  context: KafkaContext,
  from: ZoneId,
  { mode }: { readonly mode: 'planned' | 'emergency' },
  effect: Effect,
): Promise<FenceReport> =>
  underEpoch(context, effect, async (deadline) => {
    const { sessions, dataZones } = context;
    const survivors = sessions.zones.filter((zone) => zone !== from);
    const look = (attempt: Deadline): Promise<Survivors> =>
      sessions.askFirst(survivors, attempt, (connection, limit) => readSurvivors(context, connection, limit));
    if (mode === 'planned') {
      const seen = await untilSettled(deadline, `Kafka outside ${from} to answer`, look);
      return report(seen, from);
    }
    const to = dataZones.find((zone) => zone !== from);
    const seen = await untilSettled(deadline, `nothing to be led in ${from}`, async (attempt) => {
      if (to !== undefined) await evictLeaders(context, from, to, attempt);
      const now = await look(attempt);
      return isLeft(now, from) ? now : null;
    });
    return report(seen, from);
  });
