import type { Observation } from '../domain/observation';
import type { WitnessId } from '../domain/topology';

/** Asks witnesses directly; one that does not answer in time is missing from the result, never "failed". */
export interface Witnesses {
  freshRound(witnesses: readonly WitnessId[], timeoutMs: number): Promise<readonly Observation[]>;
}
