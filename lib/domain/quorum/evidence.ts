import type { Snapshot } from '../decision/snapshot';
import type { Observation } from '../observation';
import type { Topology, WitnessId, ZoneId } from '../topology';
import { REGION_WITNESS, dataZones, witnessesOf } from '../topology';

/** What may be judged on: the newest fresh observation of each known witness, in the topology's order. */
export interface Evidence {
  readonly topology: Topology;
  readonly fresh: readonly Observation[];
  /** Known witnesses that have no fresh observation: they abstain. */
  readonly silent: readonly WitnessId[];
  readonly ageMs: Readonly<Record<WitnessId, number>>;
}

/** Two loops of one witness never both count: the higher round wins, then the later run id. */
const newestOf = (witness: WitnessId, observations: readonly Observation[]): Observation | undefined =>
  observations
    .filter((observation) => observation.witness === witness)
    .reduce<Observation | undefined>((best, next) => {
      if (best === undefined || next.round > best.round) return next;
      return next.round === best.round && next.runId > best.runId ? next : best;
    }, undefined);

const isFresh = (ageMs: number | undefined, staleAfterMs: number): boolean =>
  ageMs !== undefined && ageMs <= staleAfterMs;

/** §3b.10: freshness by the age of the round number on the reader's own clock; a missing age is stale. */
export const evidenceOf = (input: Pick<Snapshot, 'topology' | 'observations' | 'ageMs'>): Evidence => {
  const { topology, ageMs } = input;
  const witnesses = witnessesOf(topology);
  const fresh = witnesses.flatMap((witness) =>
    isFresh(ageMs[witness], topology.policy.staleAfterMs)
      ? (newestOf(witness, input.observations) ?? [])
      : [],
  );
  const heard = new Set(fresh.map(({ witness }) => witness));
  return { topology, fresh, silent: witnesses.filter((witness) => !heard.has(witness)), ageMs };
};

/** A witness's zone by its name in the topology, not by what its item says; null for the regional one. */
export const zoneOfWitness = (witness: WitnessId): ZoneId | null =>
  witness === REGION_WITNESS ? null : witness;

export const isOutsideDataZones = (topology: Topology, witness: WitnessId): boolean =>
  !dataZones(topology).includes(witness);
