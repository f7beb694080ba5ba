import { Unreachable } from '../../../domain/errors';
import type { ProbeResult } from '../../../domain/observation';
import type { ZoneId } from '../../../domain/topology';
import { createLastingSessions } from '../../lasting-sessions';
import { evacTopics } from './evac-topics';
import { isLost, judgeFailure } from './failure';
import type { KafkaContext } from './kafka-stretch';
import { Acks, produce } from './log-calls';
import { readBeacon, readView } from './replication-view';

/** What a witness does each round, on one lasting session a broker. */
export interface Watcher {
  probe(zone: ZoneId, timeoutMs: number): Promise<ProbeResult>;
  beacon(zone: ZoneId, atMs: number, timeoutMs: number): Promise<void>;
  newestBeaconMs(zone: ZoneId, timeoutMs: number): Promise<number | null>;
  close(): void;
}

/** A witness's eyes and its beacon, which waits for no replica and is refused where `zone` does not lead. */
export function createWatcher({ sessions, topics }: Pick<KafkaContext, 'sessions' | 'topics'>): Watcher {
  const { run, close } = createLastingSessions({
    open: sessions.open,
    isLost: (error) => error instanceof Unreachable && isLost(error.cause),
  });
  return {
    probe: async (zone, timeoutMs) => {
      const startedMs = performance.now();
      try {
        const replication = await run(zone, timeoutMs, (connection, deadline) =>
          readView(connection, { zone, topics }, deadline),
        );
        return { state: 'ok', reason: null, latencyMs: performance.now() - startedMs, replication };
      } catch (error) {
        return { ...judgeFailure(error), latencyMs: null };
      }
    },
    beacon: async (zone, atMs, timeoutMs) => {
      const records = [{ key: null, value: String(Math.trunc(atMs)) }];
      const given = { records, acks: Acks.leader, atMs, timeoutMs };
      await run(zone, timeoutMs, (connection, deadline) =>
        connection.ask(produce({ topic: evacTopics.beacons, index: 0 }, given), deadline),
      );
    },
    newestBeaconMs: async (zone, timeoutMs) => {
      try {
        return await run(zone, timeoutMs, readBeacon);
      } catch {
        return null;
      }
    },
    close,
  };
}
