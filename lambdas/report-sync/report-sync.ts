import { storesOf } from '../../lib/domain/topology';
import type { SyncSnapshot } from '../../lib/domain/sync/report';
import type { MetricDatum } from '../../lib/ports/metrics';
import { runTurns } from '../shared/loop';
import type { Ports } from '../shared/ports';
import { syncMetrics } from './sync-metrics';

const LOOK_EVERY_MS = 1_000;
/** Each second's values, in one call for some of them. */
const PUT_EVERY_MS = 5_000;

const snapshotNow = async ({ store, topology }: Ports): Promise<SyncSnapshot | null> => {
  const [seat, samples] = await Promise.all([store.readSeat(), store.readSamples(storesOf(topology))]);
  return seat === null ? null : { topology, seat, samples, nowMs: await store.nowMs() };
};

/**
 * Tells CloudWatch what the samples and the seat add up to. Apart from the sampler, which stands in the stores' network and
 * may have no way to CloudWatch; and a sampler that is gone is told, too: its sources are unknown then.
 */
export const reportSync = async (ports: Ports, limitMs: number): Promise<{ readonly put: number }> => {
  const endMs = ports.clock.monotonicMs() + limitMs;
  let waiting: readonly MetricDatum[] = [];
  let putMs = ports.clock.monotonicMs();
  let put = 0;
  await runTurns(ports, { endMs, everyMs: LOOK_EVERY_MS }, async () => {
    const snapshot = await snapshotNow(ports);
    if (snapshot !== null) waiting = [...waiting, ...syncMetrics(snapshot)];
    if (waiting.length === 0 || ports.clock.monotonicMs() - putMs < PUT_EVERY_MS) return true;
    await ports.metrics.put(waiting);
    put += waiting.length;
    putMs = ports.clock.monotonicMs();
    waiting = [];
    return true;
  });
  return { put };
};
