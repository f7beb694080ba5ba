import { setTimeout as pause } from 'node:timers/promises';
import type { ZoneId } from '../../../domain/topology';
import type { Effect, VerifyReport } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import { startDeadline } from '../../deadline';
import type { PartitionState } from './cluster-calls';
import type { ClusterView, MajorityView } from './cluster-view';
import { ledIn, notInSyncIn, readMajorityView, someOf } from './cluster-view';
import type { Connection } from './connection';
import type { KafkaContext } from './kafka-stretch';
import type { TopicSettings } from './topic-settings';
import { leastInSync, readTopicSettings, settingNames } from './topic-settings';

/** With fewer, the loss of a zone stops the topic or loses what it acknowledged. */
const leastReplicas = 3;

function settingFindings(topic: string, settings: TopicSettings | undefined, replicas: number) {
  const minInSync = settings?.minInSync ?? 0;
  return [
    ...(settings?.mayLeadUnclean === false
      ? []
      : [
          `${settingNames.unclean} of ${topic} is true: set it to false, or a broker that lacks records may lead`,
        ]),
    ...(minInSync < leastInSync
      ? [
          `${settingNames.minInSync} of ${topic} is ${minInSync}: set it to ${leastInSync}, or one broker alone acknowledges`,
        ]
      : []),
    ...(minInSync >= leastInSync && minInSync >= replicas
      ? [
          `${settingNames.minInSync} of ${topic} is ${minInSync} of ${replicas} replicas: any lost zone stops it`,
        ]
      : []),
  ];
}

/** Two replicas in one zone are lost together. */
function placementFindings(view: ClusterView, topic: string, among: readonly PartitionState[]) {
  const few = among.filter(
    ({ replicas }) => new Set(replicas.map((id) => view.zoneOf(id))).size < leastReplicas,
  );
  return few.length === 0
    ? []
    : [`${topic} has not ${leastReplicas} replicas in ${leastReplicas} zones (${someOf(few)}): reassign it`];
}

/** No reason to refuse a move: the move itself puts the witness zone last. */
const preferredOutside = ({ dataZones }: KafkaContext, view: ClusterView): readonly PartitionState[] =>
  view.partitions.filter(({ replicas }) => !dataZones.includes(view.zoneOf(replicas[0] ?? -1) ?? ''));

/** A broker learns of a new topic a moment later than others: it is asked again for this long, ms. */
const patienceMs = 1_000;

async function readWhole(
  connection: Connection,
  topics: readonly string[],
  deadline: Deadline,
): Promise<MajorityView> {
  const patience = deadline.atMost(Math.min(patienceMs, deadline.remainingMs() / 2));
  for (;;) {
    const view = await readMajorityView(connection, topics, deadline);
    if (view.missing.length === 0 || patience.remainingMs() === 0) return view;
    await pause(20);
  }
}

async function preflight(
  context: KafkaContext,
  to: ZoneId,
  connection: Connection,
  deadline: Deadline,
): Promise<VerifyReport> {
  const { topics } = context;
  const view = await readWhole(connection, topics, deadline);
  const known = topics.filter((topic) => !view.missing.includes(topic));
  const settings = await readTopicSettings(connection, known, deadline);
  const away = notInSyncIn(view, to);
  const perTopic = known.flatMap((topic) => {
    const among = view.partitions.filter((partition) => partition.topic === topic);
    const replicas = Math.min(...among.map((partition) => partition.replicas.length));
    return [
      ...settingFindings(topic, settings.get(topic), replicas),
      ...placementFindings(view, topic, among),
    ];
  });
  const findings = [
    ...view.missing.map((topic) => `there is no topic ${topic}: create it, or correct the configuration`),
    ...perTopic,
    ...(away.length > 0
      ? [`the broker in ${to} is not in sync in ${someOf(away)}: wait, or look at its log`]
      : []),
  ];
  const numbers = {
    partitions: view.partitions.length,
    inSync: view.partitions.length - away.length,
    led: ledIn(view, to).length,
    controller: view.controller,
    preferredOutsideDataZones: preferredOutside(context, view).length,
  };
  return { ok: findings.length === 0, findings, numbers };
}

/**
 * See `Engine.preflight`: the topics can lose a zone and `to` may lead them. Asked of the brokers elsewhere, as in `waitUntilLevel`.
 * That `to` leads already is fine, the cluster may have been faster. What producers ask for (`acks=all`) no broker can tell.
 * @throws Unreachable, DeadlineExceeded.
 */
export async function preflightBroker(
  context: KafkaContext,
  to: ZoneId,
  effect: Effect,
): Promise<VerifyReport> {
  const deadline = startDeadline(effect.deadlineMs);
  const others = context.sessions.zones.filter((zone) => zone !== to);
  return context.sessions.askFirst(others, deadline, (connection) =>
    preflight(context, to, connection, deadline),
  );
}
