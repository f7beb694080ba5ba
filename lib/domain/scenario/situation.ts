import type { Verdict } from '../decision/decision';
import type { Snapshot } from '../decision/snapshot';
import type { Seat, SyncHold } from '../protocol/seat';
import { placeOf } from '../protocol/seat';
import type { Evidence } from '../quorum/evidence';
import { evidenceOf } from '../quorum/evidence';
import { judgeAll, verdictOn } from '../quorum/judge';
import type { Component, Store, Topology, ZoneId } from '../topology';
import { dataZones, Store as S, storesOf } from '../topology';

/** A snapshot, judged, as one of its stores sees it: what the scenario rules look at. */
export interface Situation {
  readonly topology: Topology;
  readonly seat: Seat;
  readonly evidence: Evidence;
  readonly verdicts: readonly Verdict[];
  /** The state store's time, ms since 1970; for what a loss is bounded by. */
  readonly nowMs: number;
  readonly store: Store;
  readonly writer: ZoneId;
  /** The store's proven synchronous standby. */
  readonly eligible: ZoneId | null;
  /** A person keeps the store's copy away; null: nobody does. */
  readonly hold: SyncHold | null;
  /** Where the writer would go, and the standby that is lost or returns: the eligible zone, else the other data zone. */
  readonly other: ZoneId;
}

/** The same, seen from another store. */
export const seenFrom = <T extends Pick<Situation, 'topology' | 'seat'>>(
  situation: T,
  store: Store,
): T & Pick<Situation, 'store' | 'writer' | 'eligible' | 'hold' | 'other'> => {
  const { writer, eligible, hold = null } = placeOf(situation.seat, store);
  const others = dataZones(situation.topology).filter((zone) => zone !== writer);
  return { ...situation, store, writer, eligible, hold, other: eligible ?? others[0] ?? writer };
};

/** As PostgreSQL sees it. */
export const situationOf = (snapshot: Snapshot): Situation => {
  const { topology, seat, nowMs } = snapshot;
  const evidence = evidenceOf(snapshot);
  return seenFrom({ topology, seat, evidence, nowMs, verdicts: judgeAll(evidence) }, S.postgres);
};

/** Of each store of the deployment. */
export const fromEachStore = (situation: Situation): readonly Situation[] =>
  storesOf(situation.topology).map((store) => seenFrom(situation, store));

/** The first store's answer that is one. */
export const firstOf = <T>(situation: Situation, look: (seen: Situation) => T | null): T | null =>
  fromEachStore(situation)
    .map(look)
    .find((found) => found !== null) ?? null;

/** The stores that write in this zone. */
export const storesWritingIn = (situation: Situation, zone: ZoneId): readonly Store[] =>
  fromEachStore(situation)
    .filter(({ writer }) => writer === zone)
    .map(({ store }) => store);

export const verdictIn = (situation: Situation, component: Component, zone: ZoneId): Verdict | undefined =>
  verdictOn(situation.verdicts, { component, zone });
