import type { ReplicationView, StandbyView } from '../../../domain/observation';
import type { Row } from './connection';

/**
 * Everything a witness wants to know, in one round trip that reads only shared memory and two one-page tables.
 * pg_walfile_name() refuses to run in recovery: the CASE keeps it from being evaluated there.
 */
export const replicationQuery = `
select s.in_recovery,
  case when s.in_recovery then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as position,
  case when s.in_recovery
    then coalesce((select received_tli from pg_stat_wal_receiver),
                  (select nullif(min_recovery_end_timeline, 0) from pg_control_recovery()),
                  (select timeline_id from pg_control_checkpoint()))
    else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
  not s.in_recovery and current_setting('default_transaction_read_only') = 'off' as writable,
  case when not s.in_recovery then 0
    when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() and r.status = 'streaming' then 0
    else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 end as lag_seconds,
  (select coalesce(json_agg(json_build_object('name', application_name, 'state', state, 'syncState', sync_state,
      'flushLagBytes', case when not s.in_recovery
        then greatest(0, pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn)) end)), '[]'::json)
    from pg_stat_replication) as standbys,
  current_setting('synchronous_standby_names') as sync_setting,
  (select count(*)::int from pg_stat_activity where wait_event = 'SyncRep') as blocked_writers,
  (select epoch::float8 from evac.fence where id = 1) as fence_epoch,
  (select max(at_ms)::float8 from evac.beacon) as beacon_at_ms,
  case when r.status = 'streaming' then r.sender_host end as upstream_host
from (select pg_is_in_recovery() as in_recovery) s left join pg_stat_wal_receiver r on true`;

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The one row of `replicationQuery`. */
export const fromReplicationRow = (row: Row): ReplicationView => ({
  role: row['in_recovery'] === true ? 'standby' : 'primary',
  position: textOrNull(row['position']),
  timeline: numberOrNull(row['timeline']),
  writable: row['writable'] === true,
  lagSeconds: numberOrNull(row['lag_seconds']),
  standbys: row['standbys'] as readonly StandbyView[],
  syncSetting: textOrNull(row['sync_setting']),
  blockedWriters: numberOrNull(row['blocked_writers']),
  fenceEpoch: numberOrNull(row['fence_epoch']),
  beaconAtMs: numberOrNull(row['beacon_at_ms']),
  upstreamHost: textOrNull(row['upstream_host']),
});
