import type { Traffic, Weights } from '../../ports/traffic';

/** The traffic port without a network, for unit tests and the simulator. */
export const createMemoryTraffic = (initial: Weights): Traffic => {
  let weights: Weights = { ...initial };
  return {
    current: () => Promise.resolve(weights),
    shift: (wanted) => {
      weights = { ...weights, ...wanted };
      return Promise.resolve(weights);
    },
  };
};
