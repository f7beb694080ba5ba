import type { Verdict } from '../decision/decision';
import type { Snapshot } from '../decision/snapshot';
import type { Seat } from '../protocol/seat';
import type { Evidence } from '../quorum/evidence';
import { evidenceOf } from '../quorum/evidence';
import { judgeAll, verdictOn } from '../quorum/judge';
import type { Component, Topology, ZoneId } from '../topology';
import { dataZones } from '../topology';

/** A snapshot, judged: what the scenario rules look at. */
export interface Situation {
  readonly topology: Topology;
  readonly seat: Seat;
  readonly evidence: Evidence;
  readonly verdicts: readonly Verdict[];
  readonly writer: ZoneId;
  /** Where the writer would go, and the standby that is lost or returns: the eligible zone, else the other data zone. */
  readonly other: ZoneId;
}

export const situationOf = (snapshot: Snapshot): Situation => {
  const { topology, seat } = snapshot;
  const evidence = evidenceOf(snapshot);
  const others = dataZones(topology).filter((zone) => zone !== seat.writer);
  return {
    topology,
    seat,
    evidence,
    verdicts: judgeAll(evidence),
    writer: seat.writer,
    other: seat.eligible ?? others[0] ?? seat.writer,
  };
};

export const verdictIn = (situation: Situation, component: Component, zone: ZoneId): Verdict | undefined =>
  verdictOn(situation.verdicts, { component, zone });
