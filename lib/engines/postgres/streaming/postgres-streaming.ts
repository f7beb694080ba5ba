import type { PostgresComponent } from '../../../domain/topology';
import type { Engine } from '../../../ports/engine';
import type { HostControl } from '../../../ports/host-control';
import type { ServerAccess } from './connection';
import { createCopyControl } from './copy-control';
import { fenceWriter } from './fence';
import { waitUntilLevel } from './level';
import { preflightStandby } from './preflight';
import { rejoinStandby } from './rejoin';
import { createSessions } from './sessions';
import { admitWrites, ensureWriterIn } from './switch-writer';
import { degrade, ensureSynchronous } from './synchronous-gate';
import { undoFence } from './undo-fence';
import { verifyWriter } from './verify';
import { createWatcher } from './watcher';

export interface PostgresStreamingOptions {
  readonly component: Pick<PostgresComponent, 'endpoints' | 'database' | 'user'>;
  /** Evac's own role's; a function is asked at each new session, so that a rotated secret is picked up. */
  readonly password: ServerAccess['password'];
}

/**
 * PostgreSQL streaming replication, driven by Evac. The role of `component.user` needs, on AWS as in the lab:
 * pg_monitor, pg_signal_backend, EXECUTE on pg_promote, pg_reload_conf, pg_wal_replay_pause and pg_wal_replay_resume, ALTER SYSTEM on
 * default_transaction_read_only and synchronous_standby_names, pg_checkpoint, REPLICATION, EXECUTE on what pg_rewind
 * reads (pg_ls_dir, pg_stat_file, pg_read_binary_file), and ownership of schema evac. Before version 15 that is SUPERUSER.
 */
export function createPostgresStreaming(options: PostgresStreamingOptions, hosts: HostControl): Engine {
  const { component, password } = options;
  const { endpoints, database, user } = component;
  const sessions = createSessions({ endpoints, database, user, password });
  const watcher = createWatcher(sessions);
  const context = { sessions, hosts };
  return {
    component: 'postgres',
    capabilities: {
      softFence: true,
      synchronousFence: true,
      rejoin: true,
      electsItself: false,
      asynchronous: false,
    },
    copyControl: createCopyControl(context),
    probe: watcher.probe,
    beacon: watcher.beacon,
    newestBeaconMs: watcher.newestBeaconMs,
    fence: (from, how, effect) => fenceWriter(context, from, how, effect),
    waitUntilLevel: (from, to, effect) => waitUntilLevel(sessions, from, to, effect),
    ensureWriterIn: (zone, effect) => ensureWriterIn(sessions, zone, effect),
    admitWrites: (zone, effect) => admitWrites(sessions, zone, effect),
    verify: (zone, effect) => verifyWriter(sessions, zone, effect),
    preflight: (to, effect) => preflightStandby(sessions, to, effect),
    undoFence: (from, how, effect) => undoFence(sessions, from, how, effect),
    degrade: (zone, effect) => degrade(sessions, zone, effect),
    rejoin: (zone, writer, effect, rebuild) => rejoinStandby(context, { zone, writer, rebuild }, effect),
    ensureSynchronous: (writer, standby, effect) => ensureSynchronous(sessions, writer, standby, effect),
    close: async () => watcher.close(),
  };
}
