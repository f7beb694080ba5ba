import type { Component, Topology, WitnessId, ZoneId } from '../topology';
import { witnessesOf } from '../topology';
import { isOutsideDataZones } from './evidence';

/** An accusation: this component in this zone has failed. */
export interface Accused {
  readonly component: Component;
  readonly zone: ZoneId;
}

/** I10: fixed by configuration, never by who happens to answer: those who can see it, but the zone's own. */
export const electorateOf = (topology: Topology, accused: Accused): readonly WitnessId[] => {
  const seenBy = topology.components.find(({ component }) => component === accused.component)?.seenBy ?? [];
  return witnessesOf(topology).filter((witness) => witness !== accused.zone && seenBy.includes(witness));
};

/** More than half, and never one alone: a single witness decides nothing even where it is the only one that sees. */
export const majorityOf = (electorate: readonly WitnessId[]): number =>
  Math.max(2, Math.floor(electorate.length / 2) + 1);

/** Whether these voters carry an accusation: a majority, with at least one from outside both data zones. */
export const isQuorum = (
  topology: Topology,
  electorate: readonly WitnessId[],
  voters: readonly WitnessId[],
): boolean =>
  voters.length >= majorityOf(electorate) && voters.some((witness) => isOutsideDataZones(topology, witness));
