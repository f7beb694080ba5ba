import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { Deadline } from '../../deadline';
import type { ClusterView } from './cluster-view';
import { notInSyncIn, readClusterView, requireWriter } from './cluster-view';
import { underEpoch } from './epoch-guard';
import type { KafkaContext } from './kafka-stretch';
import { untilSettled } from './settle';

/** By the word of the broker that leads, which decides it. @throws Refused `not-writer` */
export const readFromWriter = (
  { sessions, topics }: KafkaContext,
  writer: ZoneId,
  deadline: Deadline,
): Promise<ClusterView> =>
  sessions.askIn(writer, deadline, async (connection) => {
    const view = await readClusterView(connection, topics, deadline);
    requireWriter(view, writer);
    return view;
  });

/** @throws DeadlineExceeded while the broker in `zone` is not in every ISR. */
export async function waitInSync(
  context: KafkaContext,
  { zone, writer }: { readonly zone: ZoneId; readonly writer: ZoneId },
  deadline: Deadline,
): Promise<void> {
  await untilSettled(deadline, `the broker in ${zone} to be in sync everywhere`, async (attempt) => {
    const view = await readFromWriter(context, writer, attempt);
    return notInSyncIn(view, zone).length === 0 ? true : null;
  });
}

/** See `Engine.ensureSynchronous`: who is in the ISR is waited for, so there is only to wait until both data zones are. */
export const ensureSynchronous = (
  context: KafkaContext,
  writer: ZoneId,
  standby: ZoneId,
  effect: Effect,
): Promise<void> =>
  underEpoch(context, effect, (deadline) => waitInSync(context, { zone: standby, writer }, deadline));

/** See `Engine.degrade`: nothing to give up, the quorum goes on without a lost broker by itself. @throws Refused `not-writer` */
export const degrade = (context: KafkaContext, zone: ZoneId, effect: Effect): Promise<void> =>
  underEpoch(context, effect, async (deadline) => {
    await untilSettled(deadline, `Kafka in ${zone} to answer`, async (attempt) => {
      await readFromWriter(context, zone, attempt);
      return true;
    });
  });
