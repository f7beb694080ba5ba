import type { Cursor } from '../../../domain/copier/cursor';
import { Side } from '../../../domain/copier/cursor';
import { Refused } from '../../../domain/errors';
import type { ProbeResult, ReplicationView } from '../../../domain/observation';
import type { ZoneId } from '../../../domain/topology';
import type { Deadline } from '../../deadline';
import { pollUntil, startDeadline } from '../../deadline';
import { judgeFailure, StoreFull } from '../failure';
import { beaconKey, dropOlder } from '../own-keys';
import { positionOf } from './level';
import type { ZoneStore, ZoneStores } from './zone-stores';

/** What a witness does each round. */
export interface Watcher {
  probe(zone: ZoneId, timeoutMs: number): Promise<ProbeResult>;
  beacon(zone: ZoneId, atMs: number, timeoutMs: number): Promise<void>;
  newestBeaconMs(zone: ZoneId, timeoutMs: number): Promise<number | null>;
}

interface Report {
  readonly words: string;
  readonly seenMs: number;
}

/**
 * A copier that is gone says nothing any more, and what it said last grows old: by this reader's own clock, since it first
 * saw those words (§3b.10). The first look cannot know how old they are.
 */
function createLag() {
  const reports = new Map<ZoneId, Report>();
  return (zone: ZoneId, { progress }: Cursor): number | null => {
    const known = reports.get(zone);
    // Not by the object's ETag: others write to the cursor, too, and carry the copier's words on.
    const words = JSON.stringify(progress);
    if (known?.words === words && progress.levelAgeMs !== null)
      return (progress.levelAgeMs + performance.now() - known.seenMs) / 1_000;
    const isFresh = known !== undefined && progress.levelAgeMs !== null;
    reports.set(zone, { words, seenMs: performance.now() });
    return isFresh && progress.levelAgeMs !== null ? progress.levelAgeMs / 1_000 : null;
  };
}

/** Beacons are a second apart; a word of three is no word any more. */
const FULL_FOR_MS = 3_000;

/**
 * A full disk answers every question and takes nothing: whoever only reads would call such a writer well. What its beacon was
 * refused with is this witness's own evidence, for as long as the beacon is refused.
 */
function createFullness() {
  const sinceMs = new Map<ZoneId, number>();
  return {
    isFull: (zone: ZoneId): boolean => performance.now() - (sinceMs.get(zone) ?? -Infinity) < FULL_FOR_MS,
    around: async (zone: ZoneId, write: () => Promise<unknown>): Promise<void> => {
      try {
        await write();
        sinceMs.delete(zone);
      } catch (error) {
        if (error instanceof StoreFull) sinceMs.set(zone, performance.now());
        throw error;
      }
    },
  };
}

const readBeacon = async ({ bucket }: ZoneStore, deadline: Deadline) => {
  const found = await bucket.get(beaconKey, deadline);
  return found === null ? null : { etag: found.etag, atMs: Number(found.body.toString('utf8')) };
};

/** Proven or not, a standby is only ever as new as its copies. */
const standbysOf = ({ standby }: Cursor): ReplicationView['standbys'] =>
  standby === '' ? [] : [{ name: standby, state: 'streaming', syncState: 'async', flushLagBytes: null }];

/** A witness's eyes and its beacon. */
export function createWatcher(stores: ZoneStores): Watcher {
  const lag = createLag();
  const fullness = createFullness();
  const view = async (zone: ZoneId, deadline: Deadline): Promise<ReplicationView> => {
    const store = stores.at(zone);
    const [{ cursor }, gate, beacon] = await Promise.all([
      store.cursor.read(deadline),
      store.gate?.state(deadline),
      readBeacon(store, deadline),
    ]);
    const isWriter = cursor.side === Side.writer;
    return {
      role: isWriter ? 'primary' : 'standby',
      position: isWriter ? String(cursor.timeline) : positionOf(cursor.progress),
      timeline: cursor.timeline,
      writable: isWriter && gate?.isOpen !== false,
      lagSeconds: isWriter ? 0 : lag(zone, cursor),
      standbys: isWriter ? standbysOf(cursor) : [],
      syncSetting: cursor.standby,
      blockedWriters: 0,
      fenceEpoch: cursor.epoch,
      beaconAtMs: beacon?.atMs ?? null,
      upstreamHost: isWriter || !stores.zones.includes(cursor.writer) ? null : stores.at(cursor.writer).host,
    };
  };
  const raiseBeacon = async (store: ZoneStore, atMs: number, deadline: Deadline): Promise<true | null> => {
    const beacon = await readBeacon(store, deadline);
    if (beacon !== null && beacon.atMs >= atMs) return true;
    const body = Buffer.from(String(Math.trunc(atMs)));
    const put = await store.bucket.put(beaconKey, body, { ifMatch: beacon?.etag ?? '' }, deadline);
    if (put === null) return null;
    await dropOlder(store.bucket, beaconKey, deadline);
    return true;
  };
  return {
    probe: async (zone, timeoutMs) => {
      const startedMs = performance.now();
      try {
        const replication = await view(zone, startDeadline(timeoutMs));
        const latencyMs = performance.now() - startedMs;
        if (replication.role === 'primary' && fullness.isFull(zone))
          return { state: 'failed', reason: 'no space left: its beacon was refused', latencyMs, replication };
        return { state: 'ok', reason: null, latencyMs, replication };
      } catch (error) {
        return { ...judgeFailure(error), latencyMs: null };
      }
    },
    beacon: async (zone, atMs, timeoutMs) => {
      const deadline = startDeadline(timeoutMs);
      const store = stores.at(zone);
      const { cursor } = await store.cursor.read(deadline);
      if (cursor.side !== Side.writer)
        throw new Refused(
          'not-writer',
          `the store in ${zone} follows ${cursor.writer}: no beacon is written there`,
        );
      const what = `the beacon in ${zone} to stand still`;
      await fullness.around(zone, () =>
        pollUntil(deadline, { what, everyMs: 2 }, () => raiseBeacon(store, atMs, deadline)),
      );
    },
    newestBeaconMs: async (zone, timeoutMs) => {
      try {
        return (await readBeacon(stores.at(zone), startDeadline(timeoutMs)))?.atMs ?? null;
      } catch {
        return null;
      }
    },
  };
}
