import { Unreachable } from '../../../domain/errors';
import type { ProbeResult } from '../../../domain/observation';
import type { ZoneId } from '../../../domain/topology';
import { createLastingSessions } from '../../lasting-sessions';
import { isLost, judgeFailure } from './failure';
import type { RedisContext } from './redis-replica';
import { beaconKey, fromReplies, viewCommands } from './replication-view';

/** What a witness does each round, on one lasting session a zone. */
export interface Watcher {
  probe(zone: ZoneId, timeoutMs: number): Promise<ProbeResult>;
  beacon(zone: ZoneId, atMs: number, timeoutMs: number): Promise<void>;
  newestBeaconMs(zone: ZoneId, timeoutMs: number): Promise<number | null>;
  close(): void;
}

/** Never goes back: beacons of several witnesses come in any order. */
const raiseBeacon = `if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '-1') then
  redis.call('SET', KEYS[1], ARGV[1]) end return 1`;

/** A witness's eyes and its beacon. Nothing here waits for the replica. */
export function createWatcher({
  sessions,
  workloadUsers,
}: Pick<RedisContext, 'sessions' | 'workloadUsers'>): Watcher {
  const { run, close } = createLastingSessions({
    open: sessions.open,
    isLost: (error) => error instanceof Unreachable && isLost(error.cause),
  });
  return {
    probe: async (zone, timeoutMs) => {
      const startedMs = performance.now();
      try {
        const replies = await run(zone, timeoutMs, (connection, deadline) =>
          connection.runAll(viewCommands, deadline),
        );
        const latencyMs = performance.now() - startedMs;
        const replication = fromReplies(replies, { sessions, workloadUsers });
        return { state: 'ok', reason: null, latencyMs, replication };
      } catch (error) {
        return { ...judgeFailure(error), latencyMs: null };
      }
    },
    beacon: async (zone, atMs, timeoutMs) => {
      const raise = ['EVAL', raiseBeacon, 1, beaconKey, Math.trunc(atMs)] as const;
      await run(zone, timeoutMs, (connection, deadline) => connection.run(raise, deadline));
    },
    newestBeaconMs: async (zone, timeoutMs) => {
      try {
        const newest = await run(zone, timeoutMs, (connection, deadline) =>
          connection.run(['GET', beaconKey], deadline),
        );
        return typeof newest === 'string' ? Number(newest) : null;
      } catch {
        return null;
      }
    },
    close,
  };
}
