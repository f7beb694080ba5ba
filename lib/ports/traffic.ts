import type { ZoneId } from '../domain/topology';

/** Weights 0-100 per zone, as read back from the switch. */
export type Weights = Readonly<Record<ZoneId, number>>;

/** One switch for client traffic. Desired states; each call answers what was read back afterwards. */
export interface Traffic {
  current(timeoutMs: number): Promise<Weights>;
  shift(weights: Weights, timeoutMs: number): Promise<Weights>;
}
