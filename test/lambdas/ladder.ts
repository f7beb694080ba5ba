import type { ShiftPolicy } from '../../lib/domain/traffic/shift-policy';

/** Three steps of a planned move's traffic, of eight seconds each. */
export const LADDER: ShiftPolicy = {
  steps: [5, 25, 100],
  maxErrorPercent: 10,
  maxP99Ms: 500,
  maxUtilisationPercent: 80,
  minSamples: 10,
  dwellMs: 8_000,
  patienceMs: 20_000,
};
