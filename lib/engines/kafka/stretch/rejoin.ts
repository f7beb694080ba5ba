import { EvacError, Refused, StaleEpoch } from '../../../domain/errors';
import type { ZoneId } from '../../../domain/topology';
import type { Effect } from '../../../ports/engine';
import type { HostControl } from '../../../ports/host-control';
import type { Deadline } from '../../deadline';
import { notInSyncIn } from './cluster-view';
import { underEpoch } from './epoch-guard';
import { readFromWriter, waitInSync } from './in-sync';
import type { KafkaContext } from './kafka-stretch';
import { untilSettled } from './settle';

/** What a host is asked must leave time to wait for the broker. */
const hostShare = 0.5;

/** A host that is not there, or does not answer, is no obstacle: a broker starts with its machine. @throws StaleEpoch */
async function startIfStopped(
  { hosts, sessions }: KafkaContext,
  zone: ZoneId,
  writer: ZoneId,
  { epoch, deadline }: { readonly epoch: number; readonly deadline: Deadline },
): Promise<void> {
  const { host, port } = sessions.access(writer);
  const order = { epoch, upstreamHost: host, upstreamPort: port, standbyName: `${zone}-e${epoch}` };
  try {
    const { engine } = await hosts.status(zone, Math.max(1, deadline.remainingMs()));
    if (engine === 'stopped') await hosts.rejoin(zone, order, Math.max(1, deadline.remainingMs()));
  } catch (error) {
    if (!(error instanceof EvacError) || error instanceof StaleEpoch) throw error;
  }
}

/** See `Engine.rejoin`: Kafka brings a broker level by itself, and cuts off what its log has too much. */
export async function rejoinBroker(
  context: KafkaContext,
  zone: ZoneId,
  writer: ZoneId,
  effect: Effect,
): ReturnType<HostControl['rejoin']> {
  if (zone === writer) throw new Refused('same-zone', `${zone} is the writer and cannot be its own replica`);
  return underEpoch(context, effect, async (deadline) => {
    const missing = await untilSettled(deadline, `Kafka in ${writer} to answer`, async (attempt) =>
      notInSyncIn(await readFromWriter(context, writer, attempt), zone),
    );
    if (missing.length === 0) return { how: 'already' };
    const limit = deadline.atMost(deadline.remainingMs() * hostShare);
    await startIfStopped(context, zone, writer, { epoch: effect.epoch, deadline: limit });
    await waitInSync(context, { zone, writer }, deadline);
    return { how: 'restarted' };
  });
}
