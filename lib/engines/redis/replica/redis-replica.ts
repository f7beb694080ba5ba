import type { RedisComponent } from '../../../domain/topology';
import type { Engine } from '../../../ports/engine';
import type { HostControl } from '../../../ports/host-control';
import type { ServerAccess } from './connection';
import { createCopyControl } from './copy-control';
import { fenceWriter } from './fence';
import { waitUntilLevel } from './level';
import { preflightReplica } from './preflight';
import { rejoinReplica } from './rejoin';
import { createSessions } from './sessions';
import { admitWrites, ensureWriterIn } from './switch-writer';
import { degrade, ensureSynchronous } from './synchronous-wait';
import { undoFence } from './undo-fence';
import { verifyWriter } from './verify';
import { createWatcher } from './watcher';

export interface RedisReplicaOptions {
  readonly component: Pick<RedisComponent, 'endpoints' | 'user' | 'workloadUsers'>;
  /** Evac's own user's; a function is asked at each new session, so that a rotated secret is picked up. */
  readonly password: ServerAccess['password'];
}

/** Everything an effect needs. */
export interface RedisContext {
  readonly sessions: ReturnType<typeof createSessions>;
  readonly hosts: HostControl;
  readonly workloadUsers: readonly string[];
}

/**
 * A Redis primary and its replica, driven by Evac. Evac's user needs: HMGET, HSET, GET, SET, EVAL on `evac:*`; WATCH,
 * MULTI, EXEC, INFO, WAIT, DBSIZE, REPLICAOF, ACL SETUSER, ACL LIST, ACL SAVE, CLIENT KILL, CLIENT LIST, CLIENT UNBLOCK, CONFIG GET.
 * The workload reads `evac:fence` in the transaction of each write, and acknowledges as its field `standby` asks:
 * empty, at once; a name, after `WAIT 1` has answered at least 1.
 */
export function createRedisReplica(options: RedisReplicaOptions, hosts: HostControl): Engine {
  const { endpoints, user, workloadUsers } = options.component;
  const sessions = createSessions({ endpoints, user, password: options.password });
  const context: RedisContext = { sessions, hosts, workloadUsers };
  const watcher = createWatcher(context);
  return {
    component: 'redis',
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
    ensureWriterIn: (zone, effect) => ensureWriterIn(context, zone, effect),
    admitWrites: (zone, effect) => admitWrites(context, zone, effect),
    verify: (zone, effect) => verifyWriter(sessions, zone, effect),
    preflight: (to, effect) => preflightReplica(context, to, effect),
    undoFence: (from, how, effect) => undoFence(context, from, how, effect),
    degrade: (zone, effect) => degrade(sessions, zone, effect),
    rejoin: (zone, writer, effect, rebuild) => rejoinReplica(context, { zone, writer, rebuild }, effect),
    ensureSynchronous: (writer, standby, effect) => ensureSynchronous(sessions, writer, standby, effect),
    close: async () => watcher.close(),
  };
}
