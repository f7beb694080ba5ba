import type { ZoneId } from '../../../domain/topology';
import type { Engine } from '../../../ports/engine';
import type { HostControl } from '../../../ports/host-control';
import type { BrokerAddress } from './connection';
import { evacTopics } from './evac-topics';
import { fenceWriter } from './fence';
import { degrade, ensureSynchronous } from './in-sync';
import { waitUntilLevel } from './level';
import { preflightBroker } from './preflight';
import { rejoinBroker } from './rejoin';
import { createSessions } from './sessions';
import { admitWrites, ensureWriterIn } from './switch-writer';
import { undoFence } from './undo-fence';
import { verifyWriter } from './verify';
import { createWatcher } from './watcher';

export interface KafkaStretchOptions {
  readonly component: {
    /** The workload's: their leaders are placed. */
    readonly topics: readonly string[];
    /** One broker a zone, the witness zone's too; `broker.rack` of each is its zone's id. */
    readonly endpoints: Readonly<Record<ZoneId, BrokerAddress>>;
  };
  /** Where leaders may be; the witness zone only replicates and votes. */
  readonly dataZones: readonly ZoneId[];
}

/** Everything an effect needs. */
export interface KafkaContext {
  readonly sessions: ReturnType<typeof createSessions>;
  readonly hosts: HostControl;
  readonly dataZones: readonly ZoneId[];
  /** The workload's and Evac's own, placed alike. */
  readonly topics: readonly string[];
}

/**
 * One Kafka cluster (4.0 or newer, KRaft) stretched over three zones. It elects its own leaders (I4): Evac places them and
 * never keeps one from being elected. "The writer is in a zone" = all partitions of the topics are led there. Topics
 * need three replicas, `min.insync.replicas=2`, `unclean.leader.election.enable=false`; producers `acks=all`. Evac's
 * principal needs: Describe and Alter on the cluster, Describe, DescribeConfigs and Alter on the topics, Read and Write on
 * its own two (`newEvacTopics`).
 */
export function createKafkaStretch(options: KafkaStretchOptions, hosts: HostControl): Engine {
  const { component, dataZones } = options;
  const sessions = createSessions(component.endpoints);
  const topics = [...component.topics, ...Object.values(evacTopics)];
  const context: KafkaContext = { sessions, hosts, dataZones, topics };
  const watcher = createWatcher(context);
  return {
    component: 'kafka',
    capabilities: {
      softFence: false,
      synchronousFence: false,
      rejoin: true,
      electsItself: true,
      asynchronous: false,
    },
    probe: watcher.probe,
    beacon: watcher.beacon,
    newestBeaconMs: watcher.newestBeaconMs,
    fence: (from, how, effect) => fenceWriter(context, from, how, effect),
    waitUntilLevel: (from, to, effect) => waitUntilLevel(context, from, to, effect),
    ensureWriterIn: (zone, effect) => ensureWriterIn(context, zone, effect),
    admitWrites: (zone, effect) => admitWrites(context, zone, effect),
    verify: (zone, effect) => verifyWriter(context, zone, effect),
    preflight: (to, effect) => preflightBroker(context, to, effect),
    undoFence: (from, _, effect) => undoFence(context, from, effect),
    degrade: (zone, effect) => degrade(context, zone, effect),
    rejoin: (zone, writer, effect) => rejoinBroker(context, zone, writer, effect),
    ensureSynchronous: (writer, standby, effect) => ensureSynchronous(context, writer, standby, effect),
    close: async () => watcher.close(),
  };
}
