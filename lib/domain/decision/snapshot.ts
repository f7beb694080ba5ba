import type { Observation } from '../observation';
import type { Seat } from '../protocol/seat';
import type { Topology, WitnessId } from '../topology';

/** Everything a decision may look at. The same snapshot gives the same decision (I12). */
export interface Snapshot {
  readonly topology: Topology;
  readonly policyVersion: string;
  readonly seat: Seat;
  readonly observations: readonly Observation[];
  /**
   * How long ago, on the reader's own monotonic clock, each witness's round number was last seen to change, ms.
   * A witness that is missing here was never seen to change: it is stale.
   */
  readonly ageMs: Readonly<Record<WitnessId, number>>;
  /** The state store's time, ms since 1970; for the cooldown and for numbers shown. */
  readonly nowMs: number;
  /** What a witness that decides is called; null for an intake or a person. */
  readonly decidedBy: WitnessId | null;
}
