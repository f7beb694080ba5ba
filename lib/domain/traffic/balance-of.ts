import { VerdictState } from '../decision/decision';
import type { Snapshot } from '../decision/snapshot';
import type { Seat } from '../protocol/seat';
import { isBeyondLoss } from '../scenario/certainty';
import { answersMost, isFailed } from '../scenario/patterns';
import type { Situation } from '../scenario/situation';
import { situationOf, verdictIn } from '../scenario/situation';
import type { ZoneId } from '../topology';
import { Component, dataZones } from '../topology';
import type { Balanced } from './balance';
import { balanced, ServiceWord } from './balance';
import { trafficOf } from './traffic-of';

/** Failed by quorum and beyond lost packets; well when a majority has its answer and it is not slow. */
const wordOn = (situation: Situation, zone: ZoneId): ServiceWord => {
  const verdict = verdictIn(situation, Component.api, zone);
  if (verdict === undefined) return ServiceWord.unknown;
  if (isFailed(verdict)) return isBeyondLoss(situation, verdict) ? ServiceWord.failed : ServiceWord.unknown;
  const isWell = verdict.state === VerdictState.healthy && answersMost(situation, verdict);
  return isWell ? ServiceWord.well : ServiceWord.unknown;
};

/** A move takes the traffic along: its end counts as a change. */
const changedAtMs = ({ balancedAtMs, lastOutcome }: Seat): number =>
  Math.max(balancedAtMs ?? 0, lastOutcome?.atMs ?? 0);

/** A guard's word stands until a person has seen to it, or the next move takes the traffic to its own target. */
const isLeftByGuard = ({ traffic, balancedAtMs }: Seat): boolean =>
  (traffic ?? null) !== null && (balancedAtMs ?? null) === null;

/**
 * What an active-active deployment's weights should be by this evidence; null in active-standby, where the traffic goes with
 * the writer. While an operation holds the seat the traffic is the operation's.
 */
export const balanceOf = (snapshot: Snapshot): Balanced | null => {
  const { topology, seat, nowMs } = snapshot;
  const policy = topology.traffic.balance;
  const zones = dataZones(topology);
  const present = trafficOf(seat, zones);
  if (policy === undefined || present === null) return null;
  const stays = (why: string): Balanced => ({ weights: present, why });
  if (seat.operation !== null)
    return stays(`the ${seat.operation.kind} of epoch ${seat.epoch} has the traffic`);
  if (isLeftByGuard(seat))
    return stays('a guard of a planned move left the traffic where it is; a person decides');
  const situation = situationOf(snapshot);
  const words = Object.fromEntries(zones.map((zone) => [zone, wordOn(situation, zone)]));
  return balanced(policy, { present, words, restedMs: Math.max(0, nowMs - changedAtMs(seat)) });
};
