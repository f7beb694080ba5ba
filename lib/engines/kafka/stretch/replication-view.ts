import type { EngineRole, ReplicationView, StandbyView } from '../../../domain/observation';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import type { ClusterView } from './cluster-view';
import { ledIn, notInSyncIn, readClusterView } from './cluster-view';
import type { Connection } from './connection';
import { readEpoch } from './epoch-guard';
import { evacTopics } from './evac-topics';
import { readPosition } from './level';
import { fetchFrom, readLogEnds } from './log-calls';
import { leastInSync } from './topic-settings';

const beacons = { topic: evacTopics.beacons, index: 0 } as const;

/** Beacons of several witnesses come in any order, and the last ones may not be with all replicas yet. */
const lastBeacons = 20;

/** The newest beacon that this broker may show, ms since 1970. */
export async function readBeacon(connection: Connection, deadline: Deadline): Promise<number | null> {
  const [end] = await connection.ask(readLogEnds([beacons]), deadline);
  if (end === undefined || end.offset === null || end.offset === 0) return null;
  const offset = Math.max(0, end.offset - lastBeacons);
  const { records } = await connection.ask(fetchFrom(beacons, offset, { maxBytes: 65_536 }), deadline);
  const newest = Math.max(-1, ...records.map(({ value }) => Number(value ?? -1)));
  return newest < 0 ? null : newest;
}

/** Leaders that are spread over zones are neither: somebody is moving them, or has lost some. */
function roleIn(view: ClusterView, zone: ZoneId): EngineRole {
  const led = ledIn(view, zone).length;
  if (led === 0) return 'standby';
  return led === view.partitions.length ? 'primary' : 'unknown';
}

/** Whoever is in every ISR is waited for as one of a quorum. */
function standbyView(view: ClusterView, zone: ZoneId, isFenced: boolean): StandbyView {
  const inSync = notInSyncIn(view, zone).length === 0;
  const state = inSync ? 'streaming' : isFenced ? 'lost' : 'catching up';
  return { name: zone, state, syncState: inSync ? 'quorum' : 'async', flushLagBytes: null };
}

const standbysOf = (view: ClusterView, zone: ZoneId): readonly StandbyView[] =>
  view.brokers.flatMap(({ rack, isFenced }) =>
    rack === null || rack === zone ? [] : [standbyView(view, rack, isFenced)],
  );

/** Who leads everything here, by this broker's own word; the election epochs of all partitions, which only grow. */
export async function readView(
  connection: Connection,
  { zone, topics }: { readonly zone: ZoneId; readonly topics: readonly string[] },
  deadline: Deadline,
): Promise<ReplicationView> {
  const view = await readClusterView(connection, topics, deadline);
  const has = (topic: string): boolean => topics.includes(topic) && !view.missing.includes(topic);
  const [position, fenceEpoch, beaconAtMs] = await Promise.all([
    readPosition(connection, view.partitions, deadline),
    has(evacTopics.epochs) ? readEpoch(connection, deadline) : null,
    has(evacTopics.beacons) ? readBeacon(connection, deadline) : null,
  ]);
  const role = roleIn(view, zone);
  const isWhole = view.partitions.length > 0 && view.missing.length === 0;
  const writer = view.zoneOf(view.partitions[0]?.leader ?? -1);
  return {
    role: isWhole ? role : 'unknown',
    position: position === null ? null : String(position),
    timeline: view.partitions.reduce((sum, { leaderEpoch }) => sum + leaderEpoch, 0),
    writable: isWhole && role === 'primary' && view.partitions.every(({ isr }) => isr.length >= leastInSync),
    lagSeconds: isWhole && notInSyncIn(view, zone).length === 0 ? 0 : null,
    standbys: role === 'primary' ? standbysOf(view, zone) : [],
    // Nobody may be told to go on without a standby: the quorum does so by itself (§3b.5 has no meaning here).
    syncSetting: '',
    blockedWriters: null,
    fenceEpoch,
    beaconAtMs,
    upstreamHost:
      role === 'standby' ? (view.brokers.find(({ rack }) => rack === writer)?.host ?? null) : null,
  };
}
