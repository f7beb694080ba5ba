import type { ProbeResult } from '../../../domain/observation';
import type { ZoneId } from '../../../domain/topology';
import { createLastingSessions } from '../../lasting-sessions';
import { isLost, judgeFailure } from './failure';
import { fromReplicationRow, replicationQuery } from './replication-view';
import type { Sessions } from './sessions';
import { Unreachable } from '../../../domain/errors';

/** What a witness does each round, on one lasting session a zone. */
export interface Watcher {
  probe(zone: ZoneId, timeoutMs: number): Promise<ProbeResult>;
  beacon(zone: ZoneId, atMs: number, timeoutMs: number): Promise<void>;
  newestBeaconMs(zone: ZoneId, timeoutMs: number): Promise<number | null>;
  close(): void;
}

// One simple query, one round trip. READ WRITE, because the session follows default_transaction_read_only as the workload's do.
const beaconStatement = (zone: ZoneId, atMs: number): string =>
  `begin read write;
   insert into evac.beacon as b (zone, at_ms) values (${quoted(zone)}, ${Math.trunc(atMs)})
     on conflict (zone) do update set at_ms = greatest(b.at_ms, excluded.at_ms);
   commit`;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A witness's eyes and its beacon. Nothing here waits for the synchronous standby. */
export function createWatcher(sessions: Sessions): Watcher {
  const { run, close } = createLastingSessions({
    open: sessions.openProbe,
    isLost: (error) => error instanceof Unreachable && isLost(error.cause),
  });
  return {
    probe: async (zone, timeoutMs) => {
      const startedMs = performance.now();
      try {
        const [row] = await run(zone, timeoutMs, (connection, deadline) =>
          connection.queryPrepared('evac_view', replicationQuery, deadline),
        );
        const latencyMs = performance.now() - startedMs;
        return { state: 'ok', reason: null, latencyMs, replication: fromReplicationRow(row ?? {}) };
      } catch (error) {
        return { ...judgeFailure(error), latencyMs: null };
      }
    },
    beacon: async (zone, atMs, timeoutMs) => {
      await run(zone, timeoutMs, (connection, deadline) =>
        connection.query(beaconStatement(zone, atMs), [], deadline),
      );
    },
    newestBeaconMs: async (zone, timeoutMs) => {
      const text = 'select max(at_ms)::float8 as at_ms from evac.beacon';
      try {
        const [row] = await run(zone, timeoutMs, (connection, deadline) =>
          connection.query(text, [], deadline),
        );
        return typeof row?.['at_ms'] === 'number' ? row['at_ms'] : null;
      } catch {
        return null;
      }
    },
    close,
  };
}
