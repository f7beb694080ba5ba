import type { Weights } from '../domain/traffic/weights';

export type { Weights };

/** One switch for client traffic. Desired states; each call answers what was read back afterwards. */
export interface Traffic {
  current(timeoutMs: number): Promise<Weights>;
  shift(weights: Weights, timeoutMs: number): Promise<Weights>;
}
